#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A new folder that only this user can enter.
public enum PrivateFolder {
    /// `prefix`: path and beginning of its name. `nil` where it cannot be made.
    public static func make(_ prefix: String) -> String? {
        // `mkdtemp` replaces the six X by what nobody can guess, in place.
        var template = Array("\(prefix)XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) } != nil
        }
        return isMade ? String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
