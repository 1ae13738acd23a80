import Plans
import Testing

@testable import UpgradePlanning

/// Commands for people to paste go where the cluster file says.
@Suite struct AddressedTests {
    private static func node(_ addresses: [AddressFacts], _ login: LoginFacts?) throws -> NodeFacts {
        NodeFacts(
            name: try #require(NodeName("grey-area")), addresses: addresses, host: .absent(Absence(.missing, "")),
            login: login)
    }

    private static let tailnet = AddressFacts(address: "grey.tail", state: .dead)
    private static let lan = AddressFacts(address: "10.0.0.1", state: .used)

    @Test(
        arguments: [
            ([], nil, "df -h", "ssh grey-area df -h"),
            ([], LoginFacts(), "df -h", "ssh grey-area df -h"),
            ([tailnet, lan], LoginFacts(user: "root"), "df -h", "ssh root@10.0.0.1 df -h"),
            ([tailnet], LoginFacts(configFile: "/my ssh"), "df -h", "ssh -F '/my ssh' grey.tail df -h"),
            ([lan], LoginFacts(user: "me", become: "sudo"), "df -h", "ssh me@10.0.0.1 sudo df -h"),
            (
                [lan], LoginFacts(user: "me", become: "sudo"), "'cd /x && ls'",
                #"ssh me@10.0.0.1 'sudo sh -c '\''cd /x && ls'\'''"#
            ),
            ([lan], LoginFacts(), "'cd /x && ls'", "ssh 10.0.0.1 'cd /x && ls'"),
            ([AddressFacts(address: "local", state: .used)], LoginFacts(), "df -h", "df -h"),
            ([AddressFacts(address: "local", state: .used)], LoginFacts(), "'a && b'", "sh -c 'a && b'"),
            (
                [AddressFacts(address: "local", state: .used)], LoginFacts(become: "sudo"), "'a && b'",
                "sudo sh -c 'a && b'"
            ),
        ] as [([AddressFacts], LoginFacts?, String, String)])
    func goesWhereTheClusterFileSays(
        addresses: [AddressFacts], login: LoginFacts?, command: String, wanted: String
    ) throws {
        #expect(try Self.node(addresses, login).addressed("ssh grey-area " + command) == wanted)
    }

    @Test(arguments: ["ssh grey-area-2 df", "kupgrade plan", "ssh grey-area"])
    func othersAreNotOurs(command: String) throws {
        #expect(try Self.node([Self.lan], LoginFacts(user: "root")).addressed(command) == nil)
    }
}
