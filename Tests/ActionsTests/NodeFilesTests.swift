import Foundation
import Testing

@testable import Actions

/// The script that packs a node's files, run as it stands.
@Suite struct NodeFilesTests {
    @Test func oddThingsAreLeftOutByNameAndTheRestComes() throws {
        let root = FileManager.default.temporaryDirectory.path + "/kup-files-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let made = try run(
            """
            mkdir -p \(root)/persist/deep \(root)/plain; cd \(root)
            echo one >persist/one; echo two >persist/deep/two; ln -s persist linked; ln -s persist/one linked-file
            mkfifo plain/pipe; head -c 68m /dev/zero >plain/large; echo small >plain/small; touch 'plain/a b'
            """)
        #expect(made.status == 0)
        let input = """
            d \(root)/linked
            d \(root)/nothing-there
            e \(root)/plain
            e \(root)/mistyped
            f \(root)/linked-file
            f \(root)/persist/one

            """
        let packed = try run(NodeFilesReader.script, input: input)
        #expect(packed.status == 0, "\(packed.errors)")
        let (files, unlisted) = try PackedFiles.read(packed.output, limit: 1 << 20) { $0 }
        let base = String(root.dropFirst())
        let names = Set(files.map { String($0.entry.path.dropFirst(base.count + 1)) })
        #expect(
            names == [
                "linked", "linked-file", "persist", "persist/one", "persist/deep", "persist/deep/two", "plain",
                "plain/small", "plain/a b",
            ])
        #expect(unlisted.isEmpty)
        let left = NodeFilesReader.left(packed.errors)
        #expect(
            Set(left) == ["\(root)/plain/large (more than 64 MiB)", "\(root)/mistyped (it is not there)"], "\(left)")
        let link = files.first { $0.entry.path == base + "/linked" }
        #expect(link?.entry.kind == .link("persist"))
    }

    @Test func aFolderOfTheUsersThatIsTooLargeCostsNothingElse() throws {
        let root = FileManager.default.temporaryDirectory.path + "/kup-files-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let made = try run(
            """
            mkdir -p \(root)/own \(root)/large \(root)/many \(root)/small; cd \(root)
            for n in 1 2 3 4; do head -c 60m /dev/zero >large/$n; done; echo x >small/x; echo k >own/key
            cd many; seq 10001 | xargs touch
            """)
        #expect(made.status == 0)
        let input = "d \(root)/own\ne \(root)/large\ne \(root)/many\ne \(root)/small\n"
        let packed = try run(NodeFilesReader.script, input: input)
        #expect(packed.status == 0, "\(packed.errors)")
        let (files, _) = try PackedFiles.read(packed.output, limit: 1 << 20) { $0 }
        let base = String(root.dropFirst())
        #expect(
            Set(files.map(\.entry.path)) == ["\(base)/own", "\(base)/own/key", "\(base)/small", "\(base)/small/x"])
        let left = NodeFilesReader.left(packed.errors)
        #expect(
            left.count == 2 && left[0].hasPrefix("\(root)/large (") && left[1].hasPrefix("\(root)/many ("), "\(left)")
    }

    @Test func whatTarCannotReadIsNamed() {
        let said = """
            left: /a (more than 64 MiB)
            tar: var/lib/x: y: Warning: Cannot open: Permission denied
            tar: var/lib/gone: Warning: Cannot stat: No such file or directory
            tar: Warning: something else
            Warning: Permanently added 'x'
            """
        #expect(
            NodeFilesReader.left(said) == ["/a (more than 64 MiB)", "/var/lib/x: y (Cannot open: Permission denied)"])
    }

    private func run(_ script: String, input: String = "") throws -> (status: Int32, output: [UInt8], errors: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
        try process.run()
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = Array(stdout.fileHandleForReading.readDataToEndOfFile())
        let errors = String(decoding: stderr.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output, errors)
    }
}
