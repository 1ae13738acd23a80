import AgeEncryption
import Archiving
import Backups
import EtcdClient
import EtcdSnapshots

extension Problem {
    /// What stopped a backup, or what is wrong with an archive.
    init(backup error: any Error, _ what: String) {
        switch error {
        case let problem as Problem: self = problem
        case let error as BackupError: self = Self.of(error, what)
        case let error as AgeError where error.code == .noIdentity || error.code == .wrongPassphrase:
            self = Problem(
                "KUP-E081", "\(what): the identity does not open it", because: [error.message], status: .wrongKey)
        case let error as AgeError: self = Self.damaged(what, error.message)
        case let error as ArchivingError: self = Self.damaged(what, error.message)
        case let error as SnapshotError: self = Self.damaged(what, error.message)
        case let error as EtcdError:
            self = Problem(
                "KUP-E097", "etcd could not be read to its end", because: [error.message],
                state: ["nothing was listed; what was written is removed"], next: ["kupgrade status"],
                status: .unreachable)
        default: self = Problem("KUP-E096", "\(what): it could not be done", because: ["\(error)"])
        }
    }

    private static func of(_ error: BackupError, _ what: String) -> Problem {
        switch error.code {
        case .cannotWrite:
            Problem(
                "KUP-E096", "the archive cannot be written", because: [error.message],
                state: ["nothing was listed; what was written is removed"])
        case .cannotRead: Problem("KUP-E003", "\(what): it cannot be read", because: [error.message])
        case .damaged: damaged(what, error.message)
        case .badSignature:
            Problem(
                "KUP-E098", "\(what): its signature is not to be believed", because: [error.message],
                next: ["kupgrade backup list  # other archives"], status: .refused)
        case .otherPlace:
            Problem(
                "KUP-E093", "\(what) is not where archives went to before", because: [error.message],
                next: ["kupgrade backup replicate --new-place  # when it has really moved"], status: .refused)
        case .recipients:
            Problem(
                "KUP-E099", "the archive would go down with the cluster", because: [error.message],
                next: ["kupgrade key generate --out identity.txt  # on a machine that is not of the cluster"],
                status: .refused)
        }
    }

    private static func damaged(_ what: String, _ reason: String) -> Problem {
        Problem(
            "KUP-E095", "\(what): it is not whole", because: [reason],
            next: ["kupgrade backup list  # other archives"], status: .refused)
    }
}
