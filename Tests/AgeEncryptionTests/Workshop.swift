import Foundation
import Secrets

@testable import AgeEncryption

/// A folder that goes away, and the programs that judge our files.
struct Workshop {
    let folder = FileManager.default.temporaryDirectory.path + "/kup-age-\(UUID().uuidString)"

    static func with(_ body: (Workshop) throws -> Void) throws {
        let workshop = Workshop()
        try FileManager.default.createDirectory(
            atPath: workshop.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: workshop.folder) }
        try body(workshop)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path(name))
        return path(name)
    }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

    /// Runs a shell line in the folder; returns its exit code and all that it printed.
    @discardableResult
    func shell(_ line: String) throws -> (code: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec 2>&1; \(line)"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// The same on a terminal of its own, typing these lines one after the other.
    func terminal(_ line: String, typing words: [String]) throws -> (code: Int32, text: String) {
        let typed = words.map { "sleep 1; echo \($0)" }.joined(separator: "; ")
        return try shell("(\(typed); sleep 1) | script -qec '\(line)' /dev/null")
    }
}

enum Stream {
    /// Seals in portions of this size.
    static func seal(_ plain: [UInt8], to recipients: [AgeRecipient], portion: Int = 10_000) throws -> [UInt8] {
        try run(try Sealer(to: recipients), plain, portion)
    }

    static func seal(_ plain: [UInt8], passphrase: String) throws -> [UInt8] {
        try run(try Sealer(passphrase: SecretBytes(Array(passphrase.utf8))), plain, 10_000)
    }

    private static func run(_ sealer: consuming Sealer, _ plain: [UInt8], _ portion: Int) throws -> [UInt8] {
        var sealed: [UInt8] = []
        for part in portions(plain, portion) {
            try part.withUnsafeBytes { try sealer.write($0) { sealed += $0 } }
        }
        try sealer.finish { sealed += $0 }
        return sealed
    }

    /// What comes out, and the error that ended it.
    static func open(_ sealed: [UInt8], _ key: AgeKey, portion: Int = 10_000) -> (plain: [UInt8], error: AgeError?) {
        var plain: [UInt8] = []
        var opener = Opener(key)
        do {
            for part in portions(sealed, portion) {
                try part.withUnsafeBytes { try opener.write($0) { plain += $0 } }
            }
            try opener.finish { plain += $0 }
            return (plain, nil)
        } catch {
            return (plain, error as? AgeError)
        }
    }

    private static func portions(_ bytes: [UInt8], _ size: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    }

    static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }
}
