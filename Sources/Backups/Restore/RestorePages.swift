/// Pages of `explain` for what speaks against a restore.
public enum RestorePages {
    public struct Page: Sendable {
        public var code: String
        public var severity: String
        public var title: String
        public var meaning: String
        public var remedy: String
    }

    public static let all = [
        Page(
            code: "KUP-R001", severity: "blocker", title: "the archive is suspect",
            meaning: "Something in it contradicts itself: it may restore a cluster that does not work.",
            remedy: "Restore another one (kupgrade backup list), or --accept KUP-R001."),
        Page(
            code: "KUP-R002", severity: "blocker", title: "the archive is another cluster's",
            meaning: "The cluster's name in it is not the one in the cluster file.",
            remedy: "Check -f and the archive's name, or --accept KUP-R002 where the cluster was renamed."),
        Page(
            code: "KUP-R003", severity: "warning", title: "a newer proven archive is there",
            meaning: "What was written after the chosen one is lost with it.", remedy: "kupgrade restore NEWER"),
        Page(
            code: "KUP-R004", severity: "blocker", title: "there is too little room",
            meaning:
                "The snapshot and the data made of it lie beside the old data, which is kept: all three must fit on etcd's file system.",
            remedy: "Remove data of earlier restores: /var/lib/etcd/member.kupgrade-undo-*"),
        Page(
            code: "KUP-R005", severity: "blocker", title: "this etcd cannot read it",
            meaning: "A minor version below the one that wrote the snapshot does not open it.",
            remedy: "Boot a generation with that etcd: nixos-rebuild list-generations"),
        Page(
            code: "KUP-R006", severity: "blocker", title: "this apiserver is older than the data",
            meaning: "Objects may be stored in versions that it does not know; they would be lost to it.",
            remedy: "Boot a generation with that Kubernetes: nixos-rebuild list-generations"),
        Page(
            code: "KUP-R007", severity: "blocker", title: "a member cannot be reached",
            meaning:
                "Every member is restored from the same snapshot. One that is left out would come back with other data under the same name.",
            remedy: "Bring the host back, or take it out of the configuration of the others."),
        Page(
            code: "KUP-R008", severity: "warning", title: "a worker cannot be reached",
            meaning: "Its kubelet goes on, and acts on what the restored cluster says as soon as it sees it.",
            remedy: "Stop the kubelet there until the restored cluster is what you expect."),
        Page(
            code: "KUP-R009", severity: "blocker", title: "the archive has no etcd",
            meaning: "It holds files only: etcd did not answer when it was made.",
            remedy: "Restore another one; the files of this one open with age, zstd and tar."),
        Page(
            code: "KUP-R010", severity: "blocker", title: "no host has the archive's etcd",
            meaning: "No host that answers has an etcd unit that names a member of the archive.",
            remedy: "Enable the master's roles on the host that takes its place, and name it: --as OLD=NEW"),
        Page(
            code: "KUP-R011", severity: "warning", title: "the snapshot carries an alarm of etcd",
            meaning: "An alarm is part of the data: etcd refuses writes until it is cleared.",
            remedy: "After the restore: compact, defragment, etcdctl alarm disarm."),
        Page(
            code: "KUP-R012", severity: "blocker", title: "etcd's units name other members than there are",
            meaning:
                "Members are made by what the units say: services.etcd.initialCluster must name each of them by its URL.",
            remedy: "Change the option as the refusal shows it, on every master."),
        Page(
            code: "KUP-R013", severity: "notice", title: "the archive is not proven",
            meaning: "Something could not be asked when it was made, such as a member that was down.",
            remedy: "kupgrade backup drill ARCHIVE shows whether it restores."),
        Page(
            code: "KUP-R014", severity: "blocker", title: "a host is being rebuilt by somebody else",
            meaning: "A switch starts units that a restore holds, and stops others.",
            remedy: "Wait until it has ended: systemctl status nixos-upgrade, or whoever runs nixos-rebuild."),
        Page(
            code: "KUP-R015", severity: "warning", title: "a worker does not trust the archive's authority",
            meaning:
                "It joined a cluster that was made after the archive, or its disk is new and the archive has no files of "
                + "it; the restored cluster is a stranger to it.",
            remedy: "Let it join again when the restored master serves: nixos-kubernetes-node-join."),
        Page(
            code: "KUP-R016", severity: "blocker", title: "certificates that go back have ended",
            meaning:
                "They end within a day, and the host has no certmgr that makes others: etcd or the apiserver would not start, "
                + "with everything stopped.",
            remedy: "Issue them anew by your own authority, or --accept KUP-R016 and put them there yourself."),
        Page(
            code: "KUP-R017", severity: "blocker", title: "the archive has no keys for a host",
            meaning:
                "etcd's data would come back beside a certificate authority and service accounts' keys of the host's own: every "
                + "token of the cluster would be refused.",
            remedy:
                "Name the host whose place it takes (--as OLD=NEW), or --accept KUP-R017 where the keys are there already."
        ),
        Page(
            code: "KUP-R018", severity: "blocker", title: "etcd's log lies outside of its data",
            meaning:
                "A restore exchanges the data. A log elsewhere would be replayed into it, or stop etcd from starting.",
            remedy: "Take WAL_DIR out of the configuration for the restore: services.etcd.extraConf."),
        Page(
            code: "KUP-R019", severity: "blocker", title: "the host is more than a minor ahead of the archive",
            meaning:
                "Objects may be stored in versions, and data in formats, that a program two minors later no longer reads. A "
                + "restore brings the data of then to the programs of then; the upgrade comes after it.",
            remedy:
                "Install the host from the configuration in the archive (flake/), or --accept KUP-R019 where you know that it "
                + "reads it."),
    ]
}
