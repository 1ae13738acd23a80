import Backups

/// Pages of runs: what stops them, and what refuses a restore.
enum RunPages {
    static let errors: [(code: String, title: String, meaning: String, remedies: [String])] = [
        (
            "KUP-E110", "another run is open",
            "A run holds a lock on each of its nodes and is open until it has ended or was taken back. Two at once could undo each other.",
            [
                "kupgrade status", "kupgrade resume  # goes on with it", "kupgrade undo  # takes it back",
                "kupgrade resume --take-over  # when the machine that drove it is gone: after 90 s of silence",
            ]
        ),
        (
            "KUP-E111", "another process goes on with the run", "One process of a machine drives a run at a time.",
            ["Wait for it, or end it: it stops after its step at Ctrl-C."]
        ),
        (
            "KUP-E112", "stopped on request",
            "Ctrl-C or SIGTERM: the step that was under way is finished, and the run is open. A second one stops in the middle of the step, which is no harm either: the journal says that it was begun, and the world is asked how far it got.",
            ["kupgrade resume", "kupgrade undo"]
        ),
        (
            "KUP-E113", "a step cannot be taken back",
            "After the commit of a restore its copies are gone; once a new apiserver or etcd has served, the old one must not read what it wrote.",
            [
                "kupgrade resume  # goes on to the end",
                "kupgrade undo --give-up  # of an upgrade that can never end: takes back what stands beside the systems; then kupgrade rollback",
                "What was replaced still lies beside the new data: see the end of the restore.",
            ]
        ),
        (
            "KUP-E114", "a step failed",
            "The run stopped there and is open. What is held stays stopped, also through a power cut; what was replaced is kept.",
            ["Mend the cause, then: kupgrade resume", "kupgrade undo  # puts back what was there"]
        ),
        (
            "KUP-E115", "the journal is not to be believed",
            "Each line of a journal has the digest of the one before. Lines were changed, or copies of the journal on several machines say different things: nobody can say which of them describes what was done.",
            ["Compare /var/lib/kupgrade/runs/RUN/journal.jsonl on every node, and on the machines that drove it."]
        ),
        (
            "KUP-E116", "the journal cannot be kept",
            "Nothing is done on a node before its intent is on that node's disk and on this machine's.",
            ["Make room on the disk that is named.", "kupgrade resume"]
        ),
        (
            "KUP-E117", "an identity is needed",
            "Archives are sealed: only the secret half of one of their recipients opens them.",
            ["--identity FILE  # from your password store, or typed from the paper copy"]
        ),
        (
            "KUP-E118", "a name does not fit",
            "What was named is not of this run, or not in the form that is asked for.",
            ["kupgrade status", "kupgrade restore --help"]
        ),
        (
            "KUP-E119", "nobody said yes",
            "A restore is shown first and done on a yes. Loss is accepted by name only, never by --yes.",
            ["--yes  # in scripts", "--accept CLUSTER  # where a database with data is replaced"]
        ),
        (
            "KUP-E120", "no run is open", "There is nothing to go on with or to take back.",
            ["kupgrade status"]
        ),
        (
            "KUP-E121", "no program for a drill",
            "A drill starts etcd, and with --apiserver kube-apiserver, of this host.",
            ["--etcd DIR  # with etcd and etcdutl or etcdctl in it", "--apiserver-program PROGRAM"]
        ),
        (
            "KUP-E123", "the plan is old",
            "A restore that was cut off before anything was stopped is not gone on with after an hour: the cluster was used since, and what would be lost now is not what was agreed to.",
            ["kupgrade undo --yes", "kupgrade restore ARCHIVE"]
        ),
        (
            "KUP-E124", "a file is no plan", "It was not written by kupgrade plan --out, or by another version.",
            ["kupgrade plan --out FILE"]
        ),
        (
            "KUP-E125", "the upgrade is refused",
            "Something that was found forbids it, or nobody said yes. From some steps on the old version does not come back by itself: a new minor of the apiserver writes what the old one must not read. That is accepted by name only, never by --yes.",
            [
                "kupgrade explain CODE  # of what is in the way", "--yes  # in scripts",
                "--accept way-back  # only a restore of etcd brings the old version back, and you have an archive",
            ]
        ),
        (
            "KUP-E126", "the plan is stale",
            "What the plan was made of is not so any more: versions, generations, members, cordons, or what the flake gives. What you agreed to may not be what would be done.",
            ["kupgrade plan --out FILE  # and look at it again"]
        ),
        (
            "KUP-E127", "nothing says which system a node gets",
            "A plan by version (--to) says what is legal and what goes wrong, not what to activate.",
            ["kupgrade apply  # with channel.flake in the cluster file", "kupgrade apply --flake REFERENCE"]
        ),
        (
            "KUP-E128", "a rebuild is refused",
            "NixOS asked, before a switch, whether this host may get another system. It would skip a minor, go back, break the rules of skew, or come in the way of a run of kupgrade.",
            [
                "kupgrade plan  # the legal way there", "kupgrade status  # which run is open",
                "NIXOS_NO_CHECK=1 nixos-rebuild switch  # all the same, at your own risk",
            ]
        ),
        (
            "KUP-E129", "there is no way back by kupgrade",
            "An upgrade that moved etcd, too, cannot be taken back by generations and a restore: the old etcd does not start on the new one's data, and data formats differ.",
            [
                "kupgrade restore ARCHIVE  # with the old systems booted: etcd then makes its data anew from the snapshot",
                "etcdctl downgrade enable 3.X  # from etcd 3.6 on",
            ]
        ),
        (
            "KUP-E130", "the run cannot be performed from that machine",
            "apply --on NODE hands a run over to a node, which performs it under systemd with what it has itself: kupgrade of the same version, its own cluster file with the same cluster, its own signing key and place for the backup, and ssh to every other node without an agent. It is asked for all of that before it gets the run.",
            [
                "ssh NODE kupgrade status  # says what it reaches by itself",
                "services.kupgrade.enable = true;  # in its NixOS configuration",
                "kupgrade apply  # performs it from here",
            ]
        ),
        (
            "KUP-E131", "what deploys from Git stays paused",
            "The archive that was restored was made while the upgrade had paused what deploys from Git, so the pause came back with it, and the hook that ends it did not go through. The cluster serves.",
            [
                "kubectl get applications -A -o yaml | grep -A 2 skip-reconcile  # what is still paused, with ArgoCD",
                "run the hook resume-gitops with the run's name, or take its annotations away by hand",
            ]
        ),
        (
            "KUP-E122", "a tree cannot be filled",
            "restore --root fills a tree that has not been booted, as root, and replaces nothing: no etcd's data and no authority may be there yet.",
            ["Mount the new installation's root, or make an empty folder, and name it: --root /mnt"]
        ),
    ]

    static var refusals: [Pages.Page] {
        RestorePages.all.map { page in
            Pages.Page(
                code: page.code, severity: page.severity, title: page.title,
                sections: [("Meaning", [page.meaning]), ("What to do", [page.remedy])])
        }
    }
}
