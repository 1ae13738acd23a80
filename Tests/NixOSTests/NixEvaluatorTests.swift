import Foundation
import NodeAccess
import Testing

@testable import NixOS

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Against the Nix of this host, with a flake that needs no network.
@Suite(.enabled(if: isNixInstalled, "needs nix"), .timeLimit(.minutes(2)))
struct NixEvaluatorTests {
    private let evaluator = NixEvaluator(network: .offline, deadline: .seconds(60))

    @Test func saysWhatAHostWouldRun() async throws {
        try await Flake.with { flake in
            var offer = try await evaluator.offer(flake: flake.reference, host: "cp-1", override: nil)
            #expect(offer.takeNix()?.hasPrefix("2.") == true)
            #expect(
                offer
                    == NixOffer(
                        kubernetes: "1.20.2", etcd: "3.4.23", containerd: "1.4.4", kernel: "5.10.19", nixos: "20.09"))
            #expect(FileManager.default.fileExists(atPath: flake.path + "/flake.lock") == false)
        }
    }

    @Test func leavesOutWhatAHostDoesNotHave() async throws {
        try await Flake.with { flake in
            var offer = try await evaluator.offer(flake: flake.reference, host: "worker", override: nil)
            _ = offer.takeNix()
            #expect(offer == NixOffer(kubernetes: "1.20.2", containerd: "9.9"))
        }
    }

    @Test func overridesTheInput() async throws {
        try await Flake.with { flake in
            let new = "path:\(flake.path)/new"
            let offer = try await evaluator.offer(flake: flake.reference, host: "cp-1", override: new)
            #expect(offer.kubernetes == "1.21.5")
        }
    }

    @Test(arguments: [
        ("cp-9", NixError.Code.noSuchHost, ["nixosConfigurations.cp-9", "it has broken, cp-1, plain, worker"]),
        ("plain", .noModule, ["nixosConfigurations.plain does not use services.kubernetes"]),
        ("broken", .evaluation, ["nixosConfigurations.broken: ", "services.kubernetes was renamed"]),
    ])
    func saysWhyNot(host: String, code: NixError.Code, words: [String]) async throws {
        try await Flake.with { flake in
            let error = await #expect(throws: NixError.self) {
                try await evaluator.offer(flake: flake.reference, host: host, override: nil)
            }
            #expect(error?.code == code)
            for word in words { #expect(error?.message.contains(word) == true, "\(error?.message ?? "")") }
        }
    }

    @Test func aFlakeThatIsNotThereIsAnEvaluationError() async throws {
        let error = await #expect(throws: NixError.self) {
            try await evaluator.offer(flake: "path:/kup/no/such/flake", host: "a", override: nil)
        }
        #expect(error?.code == .evaluation)
    }

    @Test func asksANixpkgsOfItsOwn() async throws {
        try await Flake.with { flake in
            var offer = try await evaluator.offer(nixpkgs: "path:\(flake.path)/packages")
            #expect(offer.takeNix()?.hasPrefix("2.") == true)
            #expect(offer == NixOffer(kubernetes: "1.22.1", etcd: "3.5.0", kernel: "5.15", nixos: nil))
            let error = await #expect(throws: NixError.self) { try await evaluator.offer(nixpkgs: "/kup/no/such/path") }
            #expect(error?.code == .evaluation)
        }
    }

    @Test func anEvaluationThatNeverEndsIsEnded() async throws {
        try await Flake.with { flake in
            let impatient = NixEvaluator(network: .offline, deadline: .seconds(1))
            let error = await #expect(throws: NixError.self) {
                try await impatient.offer(nixpkgs: "\(flake.path)/endless")
            }
            #expect(error?.code == .timedOut)
        }
    }
}

private var isNixInstalled: Bool {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.contains { access("\($0)/nix", X_OK) == 0 }
}

/// A flake with plain attribute sets in place of NixOS systems.
private struct Flake: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/kup-flake-\(UUID().uuidString)"
    var reference: String { "path:" + path }

    static func with(_ body: (Flake) async throws -> Void) async throws {
        let flake = Flake()
        defer { try? FileManager.default.removeItem(atPath: flake.path) }
        for (name, text) in files {
            let file = URL(fileURLWithPath: "\(flake.path)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try await body(flake)
    }

    private static let files = [
        "old/default.nix": #""1.20.2""#,
        "new/default.nix": #""1.21.5""#,
        "packages/default.nix": """
        { }: {
          kubernetes.version = "1.22.1"; etcd.version = "3.5.0"; linuxPackages.kernel.version = "5.15"; lib = { };
        }
        """,
        "endless/default.nix": """
        { }: let
          numbers = builtins.genList (x: x) 10000;
          each = f: start: builtins.foldl' (sum: _: f sum) start numbers;
        in each (each (each (x: x + 1))) 0
        """,
        "flake.nix": """
        {
          inputs.nixpkgs = { url = "path:./old"; flake = false; };
          outputs = { self, nixpkgs }: { nixosConfigurations = import ./hosts.nix (import nixpkgs); };
        }
        """,
        "hosts.nix": """
        version: {
          cp-1 = {
            pkgs = { };
            config = {
              services.kubernetes = { roles = [ "master" ]; package.version = version; };
              services.etcd = { enable = true; package.version = "3.4.23"; };
              virtualisation.containerd.package.version = "1.4.4";
              boot.kernelPackages.kernel.version = "5.10.19";
              system.nixos.version = "20.09";
            };
          };
          worker = {
            pkgs.containerd.version = "9.9";
            config.services.kubernetes = { kubelet.enable = true; package.version = version; };
          };
          plain = { pkgs = { }; config.services.kubernetes = { roles = [ ]; package = throw "not asked for"; }; };
          broken = { pkgs = { }; config.services.kubernetes = throw "services.kubernetes was renamed"; };
        }
        """,
    ]
}

extension NixOffer {
    /// The version of the Nix at hand, which the rest does not depend on; `nil` from then on.
    fileprivate mutating func takeNix() -> String? {
        defer { nix = nil }
        return nix
    }
}
