import Foundation

/// A folder of its own in which a test makes keys and certificates with the programs a node has: `openssl` and
/// `ssh-keygen`.
struct Workshop {
    struct Failure: Error {
        var program: String
        var output: String
    }

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("kupgrade-pki-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Runs a program in the folder; its standard output, or an error when it fails.
    @discardableResult
    func run(_ program: String, _ arguments: String...) throws -> String { try run(program, arguments) }

    @discardableResult
    func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(program: program, output: text) }
        return text
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(name))) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    /// A private key in PKCS#8, readable by its owner only, as ssh-keygen asks for.
    func makeKey(_ name: String, _ options: [String]) throws {
        try run("openssl", ["genpkey", "-out", name] + options)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: folder.appendingPathComponent(name).path)
    }

    /// A certificate for `key`, signed by itself.
    func makeCertificate(_ name: String, key: String, subject: String, _ options: [String] = []) throws {
        try run("openssl", ["req", "-x509", "-new", "-key", key, "-out", name, "-subj", subject] + options)
    }
}
