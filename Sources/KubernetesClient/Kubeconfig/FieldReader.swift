import Secrets

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the fields of a kubeconfig that come as data or as a path. Where both are given, the data counts, as in
/// client-go.
struct FieldReader {
    /// Of the file, absolute.
    let directory: String

    func content(
        _ data: String?, _ path: String?, _ field: String
    ) throws(KubeconfigError) -> Kubeconfig.Source<[UInt8]>? {
        if let data, !data.isEmpty { return .inline(try decoded(data, field)) }
        return absolute(path).map { .path($0) }
    }

    func secret(
        _ data: String?, _ path: String?, _ field: String
    ) throws(KubeconfigError) -> Kubeconfig.Source<SecretBytes>? {
        if let data, !data.isEmpty {
            var bytes = try decoded(data, field)
            return .inline(SecretBytes(consuming: &bytes))
        }
        return absolute(path).map { .path($0) }
    }

    func token(_ user: KubeconfigFile.User) -> Kubeconfig.Source<SecretBytes>? {
        if let path = absolute(user.tokenFile) { return .path(path) }
        guard let token = user.token, !token.isEmpty else { return nil }
        return .inline(SecretBytes(Array(token.utf8)))
    }

    private func absolute(_ path: String?) -> String? {
        guard let path, !path.isEmpty else { return nil }
        if path.hasPrefix("/") { return path }
        return (directory.hasSuffix("/") ? directory : directory + "/") + path
    }

    /// Strict base64; line ends are passed over, as Go does.
    private func decoded(_ text: String, _ field: String) throws(KubeconfigError) -> [UInt8] {
        let bare = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        guard let data = Data(base64Encoded: Data(bare)), !data.isEmpty else {
            throw KubeconfigError(.malformed, "the base64 of \(field) in the kubeconfig is broken")
        }
        return Array(data)
    }
}
