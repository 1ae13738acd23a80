/// What the exit code of an activation means: pure.
///
/// Codes of switch-to-configuration-ng (`main.rs`): 4, and 2 of its predecessor, is what a node of Kubernetes often gives, and
/// is looked into.
enum ActivationEnd: Hashable {
    case activated
    /// All was activated, and units may be in trouble.
    case toLookInto
    /// The sentence about it, before the program's last words; `isTold`: the code says it all.
    case failed(String, isTold: Bool)

    init(_ code: Int32) {
        self =
            switch code {
            case 0: .activated
            case 2, 4: .toLookInto
            case 1:
                .failed(
                    "switch-to-configuration refused (exit 1: its lock, a check of its own, or the boot loader)",
                    isTold: false)
            case 100:
                .failed(
                    "the new system needs a reboot (exit 100): nothing was activated, and the next boot may bring it",
                    isTold: true)
            case 255:
                .failed("switch-to-configuration broke off (exit 255); nobody knows how far it got", isTold: false)
            default: .failed("switch-to-configuration ended with \(code)", isTold: false)
            }
    }

    /// The new system is active: a second activation would do everything again.
    var isActive: Bool {
        switch self {
        case .activated, .toLookInto: true
        case .failed: false
        }
    }
}
