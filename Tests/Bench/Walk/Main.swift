import EtcdSnapshots

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Walks a snapshot's file as an archive's proof does, and prints its revision: beside `etcdutl snapshot status`.
@main
enum Main {
    static func main() throws {
        guard CommandLine.arguments.count == 2, let file = fopen(CommandLine.arguments[1], "r") else {
            print("usage: walk-bench SNAPSHOT")
            exit(64)
        }
        var walker = SnapshotWalker()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes { fread($0.baseAddress, 1, $0.count, file) }
            if count == 0 { break }
            try buffer.withUnsafeBytes { try walker.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        print(try walker.finish().revision)
    }
}
