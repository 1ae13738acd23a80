import Testing

@testable import UpgradePlanning

@Suite("explanations")
struct ExplanationTests {
    @Test("codes are unique and well formed")
    func codes() {
        let codes = FindingRules.all.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.hasPrefix("KUP-P") && $0.count == 8 && $0.suffix(3).allSatisfy(\.isNumber) })
    }

    @Test("every rule has a page with all its parts", arguments: Explanations.all)
    func pages(_ page: Explanation) {
        #expect(!page.title.isEmpty && !page.meaning.isEmpty && !page.behaviour.isEmpty)
        #expect(!page.causes.isEmpty && !page.remedies.isEmpty)
        #expect(page.meaning.hasSuffix(".") && page.behaviour.hasSuffix("."))
        #expect(Explanations.explain(page.code.lowercased()) == page)
    }

    @Test("a code that nobody has, has no page")
    func unknown() {
        #expect(Explanations.explain("KUP-P999") == nil)
        #expect(Explanations.all.count == FindingRules.all.count)
    }

    @Test("text in commands is one word of a shell")
    func paste() {
        #expect(Paste.word("/a/b.pem") == "/a/b.pem")
        #expect(Paste.word("a b") == "'a b'")
        #expect(Paste.word("$(x)'y") == "'$(x)'\\''y'")
        #expect(Paste.word("") == "''")
    }
}

@Suite("coverage of findings")
struct FindingCoverage {
    @Test("every finding is shown by some example, and absent in another")
    func everyCode() {
        let cases =
            ChannelFindingTests.cases + EtcdFindingTests.cases + HostFindingTests.cases + ProgramFindingTests.cases
            + DrainForecastTests.cases + MasterFindingTests.cases + SkewFindingTests.cases + NodeFindingTests.nodeCases
            + NodeFindingTests.certificateCases + NodeFindingTests.apiCases
        let all = Set(FindingRules.all.map(\.code))
        #expect(all.subtracting(cases.filter { $0.severity != nil }.map(\.code)).sorted() == [])
        #expect(all.subtracting(cases.filter { $0.severity == nil }.map(\.code)).sorted() == [])
    }
}
