import Backups

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The files that this process was made of: the program, its libraries and the loader.
enum LoadedFiles {
    struct File: Hashable {
        /// By which the loader looks for it: `libsodium.so.23`.
        var name: String
        /// Without links: `/usr/lib/libsodium.so.23.3.0`.
        var path: String
    }

    private static let mapsLimit = 4 << 20

    /// What is mapped to be run, by `/proc/self/maps`. Throws `BackupError` `cannotRead`.
    static func all() throws -> [File] {
        let text = String(decoding: try FileReader.contents("/proc/self/maps", limit: mapsLimit), as: UTF8.self)
        let program = realPath("/proc/self/exe")
        let paths = text.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard words.count == 6, words[1].contains("x") else { return nil }
            let path = words[5].drop { $0 == " " }
            return path.hasPrefix("/") ? String(path) : nil
        }
        return Set(paths).sorted().map { path in
            File(name: path == program ? "kupgrade" : soname(of: path), path: path)
        }
    }

    /// The name that a link beside the file gives it, `NAME.so.NUMBER`; its own where there is none.
    private static func soname(of path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        let own = parts.last ?? path
        let folder = "/" + parts.dropLast().joined(separator: "/")
        let links = FolderListing.names(folder).filter { name in
            guard name != own, let dot = name.lastIndex(of: "."), name[..<dot].hasSuffix(".so") else { return false }
            return own.hasPrefix(name[..<dot].dropLast(3)) && realPath("\(folder)/\(name)") == path
        }
        return links.sorted().first ?? own
    }

    private static func realPath(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
