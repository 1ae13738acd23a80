/// Pages of the errors that the program itself reports.
enum ErrorPages {
    private static let table: [(code: String, title: String, meaning: String, remedies: [String])] = [
        (
            "KUP-E001", "no cluster file",
            "kupgrade was not told which cluster: no file was named and none of the usual ones exists.",
            [
                "kupgrade init --node MASTER",
                "Write one as the README's \"The cluster file\" shows and name it with -f, KUPGRADE_CLUSTER or as ./kupgrade.yaml.",
            ]
        ),
        (
            "KUP-E002", "file not there", "A file that was named does not exist.",
            ["Check the path; relative paths start at the current folder."]
        ),
        (
            "KUP-E003", "file cannot be read", "The file is there and cannot be read, or is not a regular file.",
            ["Check its permissions and what it is."]
        ),
        (
            "KUP-E004", "file can be changed by others",
            "The file decides what is done as root on your hosts. It must belong to you or root, and nobody else may write it.",
            ["chmod go-w FILE", "chown \"$USER\" FILE"]
        ),
        (
            "KUP-E005", "file too large",
            "The file is larger than a file of its kind can sensibly be, so it is not read.",
            ["Check that it is the right file."]
        ),
        (
            "KUP-E006", "file cannot be written",
            "The result could not be written; an earlier file of that name is as it was.",
            ["Check the folder's permissions and free space."]
        ),
        (
            "KUP-E007", "secret file can be read by others",
            "A file that holds a secret key or a passphrase must be readable by its owner alone.", ["chmod 600 FILE"]
        ),
        (
            "KUP-E008", "wrong words",
            "The command line has a verb or an option that there is not, or lacks one that must be there. Nothing was done.",
            ["kupgrade --help", "kupgrade VERB --help", "man kupgrade"]
        ),
        (
            "KUP-E009", "an error without a code of its own",
            "Something failed that nobody expected to fail there; the message says what. What was begun may be done in part.",
            ["kupgrade status", "Report it, with what you typed."]
        ),
        (
            "KUP-E010", "cluster file is not YAML", "The cluster file cannot be parsed; the message names the line.",
            ["Mend that line; JSON is YAML too."]
        ),
        (
            "KUP-E011", "cluster file is wrong",
            "A key of the cluster file is unknown, missing or of the wrong kind; the message names the line.",
            ["See \"The cluster file\" in the README."]
        ),
        (
            "KUP-E012", "kubeconfig cannot be used",
            "The kubeconfig that the cluster file names is no kubeconfig, or wants what kupgrade does not do: an exec plugin, a password, a proxy, or TLS that is not verified.",
            [
                "Leave kubeconfig out of the cluster file: an admin's is then read from a master, over ssh.",
                "Name a kubeconfig with a client certificate or a token.",
            ]
        ),
        (
            "KUP-E020", "no facts in the file",
            "The file given with --facts is not what `kupgrade facts -o json` writes.",
            ["kupgrade facts -o json >facts.json"]
        ),
        (
            "KUP-E022", "facts of another cluster",
            "The recorded facts and the cluster file that was named with -f are of different clusters, by their names.",
            ["kupgrade plan --facts FILE --to VERSION  # without -f: from the facts alone", "Record the facts anew."]
        ),
        (
            "KUP-E021", "facts of a newer kupgrade",
            "The facts were recorded by a newer version, whose fields this one may misread.",
            ["Use that version, or record the facts anew."]
        ),
        (
            "KUP-E030", "this host lacks a program", "kupgrade starts ssh on this host and could not.",
            ["Install OpenSSH's client."]
        ),
        (
            "KUP-E040", "no target", "Neither the options nor the cluster file say what to plan for.",
            ["kupgrade plan --flake REFERENCE", "kupgrade plan --to VERSION"]
        ),
        (
            "KUP-E041", "no version", "What was given with --to is not a version of Kubernetes.",
            ["kupgrade plan --to 1.36.2"]
        ),
        (
            "KUP-E042", "no closure",
            "What was given with --closure is not a node's name, an equals sign and an absolute path.",
            ["kupgrade plan --closure NODE=/nix/store/…"]
        ),
        (
            "KUP-E043", "no such node", "An option names a node that is not in the cluster file or the facts.",
            ["kupgrade status"]
        ),
        ("KUP-E050", "no such code", "There is no page for that code.", ["kupgrade explain"]),
        (
            "KUP-E060", "a cluster file is there already",
            "init writes a new file and never overwrites one: what you wrote by hand would be lost.",
            ["kupgrade init --out -", "kupgrade config explain"]
        ),
        (
            "KUP-E061", "nothing says where the cluster is",
            "init needs one way in: a master that you can ssh to, or a kubeconfig.",
            ["kupgrade init --node MASTER", "kupgrade init --kubeconfig FILE"]
        ),
        (
            "KUP-E062", "no host name", "A node is named as ssh takes it: grey-area, root@grey-area or 10.0.0.11.",
            ["kupgrade init --node MASTER"]
        ),
        (
            "KUP-E063", "the cluster does not say which nodes it has",
            "The master could not be reached, runs no apiserver, or its apiserver does not answer.",
            ["ssh MASTER systemctl status kube-apiserver", "kubectl get nodes"]
        ),
        (
            "KUP-E080", "key file cannot be used",
            "The file holds no key of a kind that kupgrade reads: identities of age, OpenSSH's ed25519, paper copies of either, and signing keys of minisign.",
            [
                "kupgrade key generate --out identity.txt",
                "ssh-keygen -p -f FILE  # takes an OpenSSH key's passphrase off",
            ]
        ),
        (
            "KUP-E081", "wrong key or passphrase",
            "The identity is none of the archive's recipients, or the passphrase is not the one.",
            ["kupgrade key show FILE", "Try the other identities that you keep."]
        ),
        (
            "KUP-E082", "paper copy does not read back",
            "What was read from disk is not what was written. The identity itself is written and whole.",
            ["Check the disk, then make another paper copy."]
        ),
        (
            "KUP-E083", "no archive to check", "No archive was named, and none is known.",
            ["kupgrade key check --identity FILE ARCHIVE"]
        ),
        (
            "KUP-E084", "no passphrase",
            "A passphrase is needed, and there is no terminal to ask on, it was empty, or it was typed differently the second time.",
            ["--passphrase-file FILE  # its first line"]
        ),
        (
            "KUP-E090", "no folder for archives",
            "The cluster file does not say where archives are kept.",
            [
                "backup: { directory: /var/backup/kupgrade }  # in the cluster file"
            ]
        ),
        (
            "KUP-E091", "nobody could open an archive",
            "Archives are sealed to public keys, and the cluster file names none.",
            [
                "kupgrade key generate --out identity.txt  # on a machine that is not of the cluster",
                "backup: { recipients: [age1...] }  # in the cluster file",
            ]
        ),
        (
            "KUP-E092", "no signing key",
            "Anyone can seal to a public key; the signature says which host made an archive. This host has no key to sign with.",
            [
                "kupgrade key generate --signer --out /var/lib/kupgrade/signing.key"
            ]
        ),
        (
            "KUP-E093", "another folder of archives",
            "The folder has not the mark that kupgrade left in it: another disk is mounted there, or none. Archives would fill the wrong disk, and pruning would count the wrong ones.",
            [
                "findmnt --target FOLDER",
                "kupgrade backup create --new-place  # when it has really moved",
            ]
        ),
        (
            "KUP-E094", "nobody is believed",
            "A signature says which key made it, not whether that key is one of yours. Accepted signers stand in the cluster file and on the paper copy, never beside the archive.",
            [
                "backup: { signers: [RWQ...] }  # in the cluster file",
                "kupgrade backup verify ARCHIVE --signer RWQ...",
            ]
        ),
        (
            "KUP-E095", "the archive is not whole",
            "Its bytes are not those that were written: it is cut off, was changed, or the disk lost some of it.",
            [
                "kupgrade backup list",
                "kupgrade backup verify ANOTHER",
            ]
        ),
        (
            "KUP-E096", "the archive cannot be written",
            "The disk is full, away, or refuses. What was written is removed; archives that were there are as they were.",
            [
                "df -h FOLDER",
                "kupgrade backup prune --dry-run",
            ]
        ),
        (
            "KUP-E097", "etcd could not be read to its end",
            "The member stopped answering, or sent what is no snapshot. What was written is removed.",
            [
                "kupgrade status",
                "kupgrade doctor",
            ]
        ),
        (
            "KUP-E098", "the signature is not to be believed",
            "The archive was signed by a key that is not one of the accepted signers, or the signature is not of this file: somebody else made it, or changed it.",
            [
                "kupgrade backup list",
                "kupgrade backup verify ARCHIVE --signer RWQ...",
            ]
        ),
        (
            "KUP-E099", "the archive would go down with the cluster",
            "Every recipient is an ssh host key of the cluster's own hosts. Whoever loses the hosts could open nothing.",
            [
                "kupgrade key generate --out identity.txt  # on a machine that is not of the cluster"
            ]
        ),
        (
            "KUP-E100", "nothing is pruned",
            "Something about the folder of archives is not as it was, so what is listed may not be all there is.",
            [
                "kupgrade backup list",
                "kupgrade backup prune --dry-run",
            ]
        ),
        (
            "KUP-E101", "no replicas",
            "The cluster file names no place for copies of archives. One on the cluster's own disks goes down with them.",
            [
                "backup: { replicas: [\"limiting-factor:/var/backup/kupgrade\", \"rclone:b2:home\"] }  # in the cluster file"
            ]
        ),
        (
            "KUP-E102", "a key that can only send archives",
            "backup receive does one thing: it takes archives from a maker into one folder. Here it was started by hand, "
                + "or the maker asked for something else: another folder, the removal of a file, a shell.",
            [
                "restrict,command=\"kupgrade backup receive /srv/archives\" ssh-ed25519 AAAA...  # in authorized_keys",
                "backup: { replicas: [\"HOST:/srv/archives\"] }  # in the maker's cluster file: the same folder",
            ]
        ),
    ]

    static let all: [Pages.Page] =
        (table + RunPages.errors).map { row in
            Pages.Page(
                code: row.code, severity: "error", title: row.title,
                sections: [("Meaning", [row.meaning]), ("What to do", row.remedies)])
        } + RunPages.refusals
}
