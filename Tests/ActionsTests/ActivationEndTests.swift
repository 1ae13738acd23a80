import Testing

@testable import Actions

@Suite struct ActivationEndTests {
    @Test(
        arguments: [
            (0, true), (2, true), (4, true), (1, false), (3, false), (100, false), (137, false), (255, false),
        ])
    func onlySomeCodesActivate(code: Int32, isActive: Bool) {
        #expect(ActivationEnd(code).isActive == isActive)
    }

    /// Each failure is told apart from the others.
    @Test func everyFailureHasItsSentence() {
        let sentences = ([1, 3, 100, 137, 255] as [Int32]).compactMap { code -> String? in
            if case .failed(let why, _) = ActivationEnd(code) { why } else { nil }
        }
        #expect(Set(sentences).count == 5)
        #expect(sentences[0].contains("refused") && sentences[2].contains("needs a reboot"))
        #expect(sentences[3].hasSuffix("137") && sentences[4].contains("broke off"))
    }
}
