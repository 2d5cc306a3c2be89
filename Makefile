# Two commands do everything: `make demo` and `make test`. Both install what they need through apt, build, run unattended
# as root or with sudo, leave no process behind, and may run twice and beside a system pcscd.

SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Libraries to link, the reader stack, and what the tests check against.
PACKAGES := pcscd libpcsclite-dev libsqlite3-dev libssl-dev zlib1g-dev libqrencode-dev zbar-tools jq curl openssl sqlite3 iproute2 util-linux \
	python3 python3-venv python3-jsonschema openapi-specification
VPCD = $(shell Tests/Support/fetch-vpcd)
# The Swift toolchain brings a C compiler where the machine has none.
CC := $(shell command -v cc || command -v clang)
LONG := ^(Crash|Simulation|EMV|Tags|VirtualCards|HostileInput)Tests\.|ExactlyOnceTests|ReceiptTamperTests|HostileAnswerTests|JournalMutationTests|LedgerDifferenceTests|GrowthTests
# What the sanitizers don't run: suites that compute for minutes without them, and programs under LD_PRELOAD.
UNSANITIZED := ^(Crash|Simulation)Tests\.|ExactlyOnceTests|ReceiptTamperTests|HostileAnswerTests|JournalMutationTests|LedgerDifferenceTests|GrowthTests
DEBUG := $(CURDIR)/.build/debug
RELEASE := $(CURDIR)/.build/release

.PHONY: demo test hostile fuzz sanitize bench soak kill-pcscd mutants crash build deps clean

deps:
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing:" $$missing; \
		$(SUDO) apt-get -qq update && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
	fi
	@Tests/Support/fetch-vpcd >/dev/null

build: deps
	swift build

demo: build
	$(SUDO) Tests/Demo/demo $(DEBUG) $(VPCD)

# Tests use namespaces for their own pcscd, so they run as root.
test: deps hostile
	swift build --build-tests
	@# Suites that compute for minutes come second: beside them, those that wait for a socket would starve on two cores.
	@# Not more than some at once, or their time limits end while others have the machine.
	@# With sudo, what root has written into the build folder is given back.
	run() { $(SUDO) env "PATH=$$PATH" SWIFT_BACKTRACE=enable=no swift test --skip-build --disable-xctest --experimental-maximum-parallelization-width 16 "$$@"; }; \
	run --skip '$(LONG)'; first=$$?; run --filter '$(LONG)'; second=$$?; \
	[ -z "$(SUDO)" ] || $(SUDO) chown -R "$$(id -u):$$(id -g)" .build; exit $$((first | second))

# A million inputs for each parser that bytes of others reach, each held to its bound on work and memory: as a program of the
# release kind, as a debug test would take twenty times as long.
hostile: deps
	swift build -c release --package-path Fuzz --scratch-path .build-hostile --product HostileInputs
	Fuzz/hostile .build-hostile/release/HostileInputs $(or $(INPUTS),1000000)

# The same parsers under libFuzzer and AddressSanitizer, all together for so many minutes. What breaks one is put into Fuzz/Corpus as
# found-…. Both sanitizers once more in one word: of two the compiler takes the last, and SwiftPM gives them in the order of a set.
fuzz: deps
	swift build -c release --sanitize fuzzer --sanitize address -Xswiftc -sanitize=fuzzer,address --package-path Fuzz --scratch-path .build-fuzz --product Fuzzer
	Fuzz/fuzz .build-fuzz/release/Fuzzer $(or $(MINUTES),17) $(PARSER)

# The suites under AddressSanitizer and under ThreadSanitizer, those of the parsers first of all. A report fails its run. The second has to
# be told of Swift's mutexes (tsan-mutex.c; Swift's own clang compiles it, which knows Swift's calls).
sanitize: deps
	swift build --build-tests --sanitize address --scratch-path .build-asan
	swift build --build-tests --sanitize thread --scratch-path .build-tsan
	clang -O2 -Wall -Wextra -fPIC -shared -o .build-tsan/mutex.so Tests/Support/tsan-mutex.c
	run() { $(SUDO) env "PATH=$$PATH" SWIFT_BACKTRACE=enable=no $$1 swift test --skip-build --disable-xctest \
		--experimental-maximum-parallelization-width 8 --sanitize $$2 --scratch-path $$3 --skip '$(UNSANITIZED)'; }; \
	run ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 address .build-asan; first=$$?; \
	run "TSAN_OPTIONS=halt_on_error=1 LD_PRELOAD=$(CURDIR)/.build-tsan/mutex.so" thread .build-tsan; second=$$?; \
	[ -z "$(SUDO)" ] || $(SUDO) chown -R "$$(id -u):$$(id -g)" .build-asan .build-tsan; exit $$((first | second))

# Switches each rule and each decision of the kernel off, moves each boundary by one unit, breaks the store's accounting: a test has to fail each time.
mutants: deps
	Tests/Mutation/mutants $(CURDIR)
	Tests/Mutation/mutants $(CURDIR) kernel
	Tests/Mutation/store-mutants

# The store and the real daemon: power cuts at 100,000 images of the disk, each I/O fault, 10,000 kills, a full disk, cards torn at each
# command. Prints a table of the goals; exit code 1 for any harm, and when a mutant (NORMAL, OFF, a disk that lies) is not seen.
crash: build
	folder=$$(mktemp -d /dev/shm/kassad-crash.XXXXXX); $(SUDO) $(DEBUG)/crash-harness run $$folder; status=$$?; \
	$(SUDO) rm -rf $$folder; exit $$status

# Taps, faults and restarts on real parts for so many minutes; fails when anything was lost, doubled, or grew.
soak: build
	$(SUDO) Tests/Soak/soak $(DEBUG) $(VPCD) $(or $(MINUTES),3) $(SEED)

# The real pcscd killed at each command of a payment, with and without the host, so many times on a busy machine.
kill-pcscd: build
	$(SUDO) Tests/Readers/kill-pcscd $(DEBUG) $(VPCD) $(or $(ROUNDS),100) $(SEED)

bench: deps
	# Two packages in one build folder: the dependencies are compiled once, but the plan of the one must not be taken for the
	# other's, or nothing is built and nothing is said.
	rm -f .build/release.yaml .build/*/release/description.json
	swift build -c release
	rm -f .build/release.yaml .build/*/release/description.json
	swift build -c release --package-path Benchmarks --scratch-path .build
	rm -f .build/release.yaml .build/*/release/description.json
	mkdir -p .build/bench
	$(CC) -O2 -Wall -Wextra -o .build/bench/bare_exchange Benchmarks/C/bare_exchange.c -I/usr/include/PCSC -lpcsclite
	$(CC) -O2 -Wall -Wextra -o .build/bench/bare_commits Benchmarks/C/bare_commits.c -lsqlite3
	$(CC) -O2 -Wall -Wextra -o .build/bench/bare_events Benchmarks/C/bare_events.c -I/usr/include/PCSC -lpcsclite -lpthread
	$(SUDO) Benchmarks/run $(RELEASE) $(RELEASE) $(CURDIR)/.build/bench $(VPCD)

clean:
	rm -rf .build .build-*
