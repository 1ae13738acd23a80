# kupgrade: `make demo` and `make test` do all set-up on a fresh Debian machine, as root or with sudo.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo 'sudo env PATH="$$PATH" HOME="$$HOME"')
LAB := $(SUDO) Tests/Lab/lab
BINARY := .build/release/kupgrade
PREFIX ?= /usr/local

# Looks for libraries beside the program first: see dist.
RELEASE := -c release --static-swift-stdlib -Xlinker -rpath -Xlinker '$$ORIGIN/../lib'

# Says once more, at the end, what failed in a long output.
FAILED = { echo; echo "What failed:"; grep -A 2 'recorded an issue' .build/$(1).log | cut -c 1-400; exit 1; }

.PHONY: setup build demo test unit lab-test torture fuzz man dist dist-test lint bench lab-up lab-down install clean

setup:
	@$(SUDO) Tests/Tools/setup

build: setup
	@mkdir -p .build/static
	@for l in libstdc++.a libz.a; do f=$$(clang -print-file-name=$$l); [ ! -f "$$f" ] || ln -sf "$$f" .build/static/; done
	swift build $(RELEASE) --product kupgrade

# Installs, builds, brings up a real three-node cluster and plans its upgrade.
demo: build lab-up
	$(LAB) workloads
	$(SUDO) $(BINARY) facts --cluster /var/lib/kupgrade-lab/cluster.yaml
	$(SUDO) $(BINARY) plan --cluster /var/lib/kupgrade-lab/cluster.yaml
	@echo "The cluster runs on; look around with 'Tests/Lab/lab', end it with 'make lab-down'."

test: setup lint unit dist-test lab-test

unit: setup
	$(SUDO) Tests/Lab/parts/etcd >/dev/null
	swift build --build-tests
	@echo "swift test --skip-build --no-parallel --skip LabTests"
	@swift test --skip-build --no-parallel --skip LabTests 2>&1 | tee .build/unit-test.log || $(call FAILED,unit-test)

# Scenarios against a real cluster, with hosts that lose power and links that are cut.
lab-test: setup
	swift build --build-tests
	$(SUDO) Tests/Lab/parts/all
	$(LAB) down
	@echo "swift test --skip-build --filter LabTests"
	@$(SUDO) env KUPGRADE_LAB=1 swift test --skip-build --filter LabTests 2>&1 | tee .build/lab-test.log || $(call FAILED,lab-test)
	$(LAB) down
	$(LAB) check-clean

# Kills at every line, power cuts, every way back: what takes too long for each change. Goes on where it was stopped.
torture: setup
	swift build --build-tests
	$(SUDO) Tests/Lab/parts/all
	$(SUDO) Tests/Tools/torture
	$(LAB) down

# A minute for each reader of what others wrote.
fuzz: setup
	$(SUDO) Tests/Lab/parts/etcd >/dev/null
	swift build -c release --product reader-fuzz
	$(SUDO) Tests/Tools/fuzz .build/release/reader-fuzz

# A page for every verb, in dist/man.
man: setup
	swift build --build-tests
	Tests/Tools/man

dist: build man
	Tests/Tools/dist $(BINARY)

dist-test: dist
	$(SUDO) Tests/Tools/dist-test
	Tests/Tools/completion-test $(BINARY)

# Warnings are errors in every build of this package; then formatting, shell scripts, and who imports whom.
lint: setup
	swift build --build-tests
	swift format lint --strict --recursive Package.swift Sources Tests
	shellcheck -s bash -S warning -e SC1090,SC1091,SC2034 Tests/Tools/* Tests/Lab/lab Tests/Lab/lib/*.sh hooks/ntfy hooks/healthchecks hooks/sendmail hooks/restic hooks/argocd hooks/ollama hooks/forgejo $$(find Tests/Lab/parts -maxdepth 1 -type f)
	Tests/Tools/lint-rooms

# Needs the lab's parts; takes about 15 minutes, most of them for bringing up four topologies and filling an etcd.
bench: build
	swift build $(RELEASE) --product planning-bench
	swift build $(RELEASE) --product walk-bench
	$(SUDO) Tests/Lab/parts/all
	$(SUDO) Tests/Tools/bench $(BINARY)
	$(SUDO) Tests/Tools/bench-backup $(BINARY)
	$(SUDO) Tests/Tools/bench-restore $(BINARY)
	swift build $(RELEASE) --product drain-bench
	swift build $(RELEASE) --product run-bench
	$(SUDO) Tests/Tools/bench-apply .build/release/drain-bench .build/release/run-bench $(BINARY)

lab-up:
	$(LAB) up single-master

lab-down:
	$(LAB) down

install: build man
	install -D -s -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/kupgrade
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 dist/man/man1/* $(DESTDIR)$(PREFIX)/share/man/man1/

clean:
	rm -rf .build dist
