import NodeAccess

/// Reads closures where they are, this host or a node, with a shell: nothing but coreutils, grep and `nix-store`.
public enum ClosureProbe {
    /// Defines `closure PATH`, which prints the sections of one closure. `section` and `$mark` come from the caller.
    static let function = #"""
        closure() {
          section closure "$1"
          for l in kernel kernel-modules initrd systemd; do
            [ -e "$1/$l" ] && printf 'link %s %s\n' "$l" "$(readlink -f "$1/$l")"
          done
          [ -r "$1/nixos-version" ] && printf 'nixos %s\n' "$(head -c 200 "$1/nixos-version")"
          [ -r "$1/init-interface-version" ] && printf 'init %s\n' "$(head -c 200 "$1/init-interface-version")"
          section closure-inhibitors "$1"; head -c 65536 "$1/switch-inhibitors" 2>/dev/null
          if cd "$1/etc/systemd/system" 2>/dev/null; then
            section closure-units "$1"
            grep -H '' -- *.service *.socket *.timer *.path *.mount *.automount *.swap *.slice *.target *.d/*.conf \
              2>/dev/null | head -c 6000000
            section closure-wants "$1"; ls -d -- *.wants/* *.requires/* 2>/dev/null
            cd /
          fi
          section closure-packages "$1"
          nix-store -qR "$1" 2>/dev/null | sed 's|^/nix/store/[^-]*-||' | sort -u
        }

        """#

    /// Reads built closures on this host. Throws ``NixError/Code/noClosure`` for one that is none.
    public static func read(_ paths: [String], deadline: Duration = .seconds(60)) async throws -> [String: Closure] {
        guard !paths.isEmpty else { return [:] }
        var generator = SystemRandomNumberGenerator()
        let mark = "section-" + String(generator.next(), radix: 36)
        let arguments = ["-c", script, "sh", mark] + paths
        let result = try await LocalProgram("/bin/sh", arguments).run(deadline: deadline, outputLimit: 64 << 20)
        let sections = HostProbe.sections(of: result.outputText, mark: mark)
        return try paths.reduce(into: [:]) { closures, path in
            guard let closure = Closure(path, sections: sections), !closure.units.isEmpty else {
                throw NixError(.noClosure, "\(path) is not a system closure on this host")
            }
            closures[path] = closure
        }
    }

    private static let script =
        #"""
        mark=$1; shift
        PATH=$PATH:/run/current-system/sw/bin:/usr/bin:/bin
        export PATH LC_ALL=C
        section() { printf '\n%s %s\n' "$mark" "$*"; }

        """# + function + #"""
            for t in "$@"; do closure "$t"; done
            section end
            """#
}

extension Closure {
    /// From the sections of ``ClosureProbe``; `nil` where they hold no such closure.
    init?(_ path: String, sections: HostProbe.Sections) {
        guard let head = sections["closure " + path] else { return nil }
        self.init(toplevel: path)
        for line in head.byteLines() {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            switch (words.first, words.count) {
            case ("link", 3): links[words[1]] = words[2]
            case ("nixos", 2...): nixosVersion = words.dropFirst().joined(separator: " ")
            case ("init", 2...): initInterface = words.dropFirst().joined(separator: " ")
            default: break
            }
        }
        inhibitors = Inhibitors.parse(sections["closure-inhibitors " + path] ?? "")
        units = Self.units(sections["closure-units " + path] ?? "", wants: sections["closure-wants " + path] ?? "")
        packages = PackageName.versions(of: (sections["closure-packages " + path] ?? "").byteLines())
    }

    /// `kubelet.service:[Unit]` lines to units; `kubelet.service.d/overrides.conf:…` are drop-ins of the first.
    private static func units(_ text: String, wants: String) -> [String: Unit] {
        var files: [Substring: [Substring]] = [:]
        for line in text.byteLines(keepingEmpty: true) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            files[line[..<colon], default: []].append(line[line.index(after: colon)...])
        }
        let texts = files.mapValues { $0.joined(separator: "\n") }
        let wanted = Set(wants.byteLines().compactMap { $0.split(separator: "/").last })
        var dropIns: [Substring: [(Substring, String)]] = [:]
        for (file, text) in texts {
            guard let slash = file.firstIndex(of: "/"), file[..<slash].hasSuffix(".d") else { continue }
            dropIns[file[..<slash].dropLast(2), default: []].append((file, text))
        }
        let names = Set(texts.keys.filter { !$0.contains("/") }).union(dropIns.keys)
        return names.reduce(into: [:]) { units, name in
            let extra = (dropIns[name] ?? []).sorted { $0.0 < $1.0 }.map(\.1)
            units[String(name)] = Unit(
                name: String(name), base: texts[name], dropIns: extra, isWanted: wanted.contains(name))
        }
    }
}
