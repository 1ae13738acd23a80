import Foundation
import Testing
import UpgradePlanning

@Suite struct CommandLineFactsTests {
    private let line = CommandLineFacts(
        executable: "/bin/kube-apiserver",
        arguments: [
            "--secure-port=6443", "--etcd-servers", "https://a:2379", "--oidc-client-secret=hunter2", "--token",
            "hunter3",
            "--allow-privileged", "--v=2", "stray", "--tls-cert-file=",
        ],
        environment: ["ETCD_NAME": "cp-1", "ETCD_PASSWORD": "hunter4"])

    @Test func keepsKnownValuesAndDropsAllOthers() {
        #expect(line.value(of: "--secure-port") == "6443")
        #expect(line.value(of: "--etcd-servers") == "https://a:2379")
        #expect(line.value(of: "--tls-cert-file") == "")
        #expect(line.flags.keys.contains("--oidc-client-secret"))
        #expect(line.value(of: "--oidc-client-secret") == nil)
        #expect(line.value(of: "--token") == nil)
        #expect(line.value(of: "--absent") == nil)
        #expect(line.environment == ["ETCD_NAME": "cp-1"])
        #expect("\(line)".contains("hunter") == false)
    }

    @Test func aFileCannotBringValuesBack() throws {
        let encoded = try JSONEncoder().encode(line)
        #expect(String(decoding: encoded, as: UTF8.self).contains("hunter") == false)
        #expect(try JSONDecoder().decode(CommandLineFacts.self, from: encoded) == line)
        let forged = Data(#"{"executable":"x","flags":{"--token":"hunter5"},"environment":{"HOME":"hunter6"}}"#.utf8)
        let read = try JSONDecoder().decode(CommandLineFacts.self, from: forged)
        #expect(read.value(of: "--token") == nil)
        #expect(read.environment.isEmpty)
    }
}
