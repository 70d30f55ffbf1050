# `make test` runs everything that CI runs and sets up what it needs: Python
# and npm tools, pinned, in .tools. It needs Rust (rustup), Python 3.11 or
# later with venv, and Node with npm.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

TOOLS := $(CURDIR)/.tools
ARCHITECTURE ?= arm64
MACHINE := $(patsubst aarch64,arm64,$(shell uname -m))
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= eu-central-1

.PHONY: browser-test calendar-test help long test lint check-template check-licences advisories unit model deploy-test package bench bench-quick bench-daily bench-forms tools clean-tools

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# One build serves clippy and the tests: clippy compiles the packages of the workspace here (tools/clippy-rustc). `make lint`
# checks without compiling, so after it everything would be compiled a second time. The tools are installed meanwhile, because
# pip and npm mostly wait for the network. The slow tests use little more than one core, so the rest runs beside them.
test: export RUSTC_WORKSPACE_WRAPPER := $(CURDIR)/tools/clippy-rustc
test: ## Everything that CI runs
	$(MAKE) --jobs=4 tools & tools=$$!; $(MAKE) linted-build; wait $$tools
	$(MAKE) unit-fast
	$(MAKE) --jobs=2 --output-sync=recurse unit-slow check-pages check-stack


# Not --all-targets: that would link every example and every function once more, as tests that have none.
BENCHES := $(patsubst %.rs,--bench %,$(notdir $(wildcard crates/*/benches/*.rs)))
.PHONY: linted-build unit-fast unit-slow check-stack check-pages
linted-build: structure
	cargo fmt --all --check
	cargo test --locked --workspace --no-run
	cargo test --locked --workspace --no-run --test slow $(BENCHES)

check-stack:
	$(MAKE) check-licences check-template deploy-test

check-pages:
	$(MAKE) browser-test calendar-test

lint: structure ## Format, structure, and clippy with warnings denied
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --workspace --test slow -- -D warnings

# More than a plain `cargo test`: the model test on 120 seeds instead of 40, and the target `slow` (200,000 rows and
# kills, the aws command line, Glastonbury), which has `test = false` in Cargo.toml.
unit: ## The tests of every crate, the slow ones among them; SEEDS=120 of the model
	$(MAKE) unit-fast unit-slow

# The properties have the same cases in each run, so that a change fails only for what it changed. `make long` has others.
unit-fast unit-slow: export PROPTEST_RNG_SEED := 20260713
unit-fast: export LINEUP_MODEL_SEEDS := $(or $(SEEDS),120)
unit-fast:
	cargo test --locked --workspace

unit-slow: export AWS_CLI := $(TOOLS)/emulator/bin/aws
unit-slow: $(TOOLS)/emulator/.installed
	cargo test --locked --workspace --test slow

long: export LINEUP_MODEL_SEEDS := $(or $(SEEDS),3000)
long: export LINEUP_SLOW_ROWS := $(or $(ROWS),1000000)
long: ## What takes an hour: SEEDS=3000 of the model, ROWS=1000000 with kills and a corrected version, random properties
	PROPTEST_CASES=$(or $(CASES),2000) cargo test --locked --workspace --exclude lineup-cli --exclude lineup-model
	cargo test --locked --workspace --test model seeds
	cargo test --locked --workspace --test slow many_rows -- --nocapture

# Without a network there is neither npm's driver nor a browser, and the tests say so. With CI=true that is a failure.
browser-test: ## The pages of `lineup serve` in a browser: $$CHROMIUM, one of PATH, or Debian's or npm's in .tools
	cargo test --locked --workspace --test cli --no-run
	$(MAKE) $(TOOLS)/browser/.installed || true
	node tools/browser/run.js $(TOOLS)/browser

$(TOOLS)/browser/.installed: tools/browser/package.json tools/browser/package-lock.json
	rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D)
	cd $(@D) && npm ci --silent --no-audit --no-fund --ignore-scripts
	touch $@

calendar-test: $(TOOLS)/calendar/.installed ## The calendars of `lineup timetable`, read by the icalendar package
	cargo test --locked --workspace --test cli --no-run
	$(TOOLS)/calendar/bin/python tools/calendar_test.py

model: ## The model test on SEEDS=1000 seeds
	LINEUP_MODEL_SEEDS=$(or $(SEEDS),1000) cargo test --locked --workspace --test model -- --nocapture whatever

# Advisories need a database from the network, which a build machine may not have. `make advisories` fetches it.
check-licences: $(TOOLS)/deny/.installed ## Licences, sources and bans of every dependency
	$(TOOLS)/deny/bin/cargo-deny --locked check --hide-inclusion-graph licenses bans sources

advisories: $(TOOLS)/deny/.installed ## Known vulnerabilities of the dependencies (fetches RustSec's database)
	$(TOOLS)/deny/bin/cargo-deny check advisories

check-template: $(TOOLS)/checks/.installed $(TOOLS)/checkov/.installed $(TOOLS)/node/.installed ## template.yaml and the state machine against other people's validators
	$(TOOLS)/checks/bin/cfn-lint template.yaml
	$(TOOLS)/checks/bin/sam validate --lint --template template.yaml
	sed 's/$${Partition}/aws/' statemachine/import.asl.json > $(TOOLS)/node/import.asl.json
	$(TOOLS)/node/node_modules/.bin/asl-validator --json-path $(TOOLS)/node/import.asl.json
	$(TOOLS)/checkov/bin/checkov --config-file tools/checkov.yaml --file template.yaml
	$(TOOLS)/checks/bin/python tools/template_test.py

# Built for this machine, whatever ARCHITECTURE is, because the emulator runs the binaries directly. It uses the command
# and functions that `make unit` builds. `cargo build` would choose other features and build everything again, and the
# optimised functions would need a build of their own; `make package` and `make bench` have it.
deploy-test: $(TOOLS)/emulator/.installed ## Deploy the packaged stack on an emulator of AWS and import files there
	cargo test --locked --workspace --no-run --quiet
	python3 tools/package.py --architecture $(MACHINE) --unoptimised
	$(TOOLS)/emulator/bin/python tools/deploy_test.py
	$(TOOLS)/emulator/bin/python tools/runbook_test.py

package: $(if $(filter Linux-$(ARCHITECTURE),$(shell uname -s)-$(MACHINE)),,$(TOOLS)/cross/.installed) ## One zip a function in target/package (ARCHITECTURE=arm64|x86_64)
	PATH="$(TOOLS)/cross/bin:$$PATH" python3 tools/package.py --architecture $(ARCHITECTURE)

# The functions as Lambda runs them (profile deploy), the command and the peers as released.
BENCH := $(TOOLS)/bench/.installed $(TOOLS)/bench-go/.installed
GO_SDK := golang-github-aws-aws-sdk-go-dev golang-github-jmespath-go-jmespath-dev
BENCH_ROWS ?= 1000000
BENCH_RUNS ?= 3
define build-for-bench
	python3 tools/package.py --architecture $(MACHINE)
	cargo build --locked --release --package lineup-cli --package lineup-bench
endef

bench: $(BENCH) ## Measure everything beside its peers and in daily use: docs/performance.md, docs/daily-use.md (Linux, more than an hour with the builds)
	$(build-for-bench)
	cd tools && $(TOOLS)/bench/bin/python -m bench --rows $(BENCH_ROWS) --runs $(BENCH_RUNS)
	cd tools && $(TOOLS)/bench/bin/python -m bench.daily --rows $(BENCH_ROWS) --runs $(BENCH_RUNS)

bench-daily: ## What daily use takes, ONLY=sheet,start_up for some of it: docs/daily-use.md
	cargo build --locked --release --package lineup-cli --package lineup-bench
	cd tools && python3 -m bench.daily --rows $(BENCH_ROWS) --runs $(BENCH_RUNS) $(if $(ONLY),--only $(ONLY)) $(if $(KEEP),--keep $(KEEP))

bench-quick: $(BENCH) ## The same with 50,000 rows, to target/bench/performance.md: whether it works, not how fast
	$(build-for-bench)
	cd tools && $(TOOLS)/bench/bin/python -m bench --rows 50000 --runs 1 --document ../target/bench/performance.md --skip-criterion

bench-forms: $(BENCH) ## What a million rows cost as .csv, .csv.gz, .xlsx, .json and .jsonl: time and memory of each function
	$(build-for-bench)
	cd tools && $(TOOLS)/bench/bin/python -m bench.forms --rows $(BENCH_ROWS)

# BASE is a commit. CASES='faults/*' selects cases; SEEDS is the number of the model's seeds.
.PHONY: same
same: $(TOOLS)/same/.installed ## What the program of BASE does and that of the working tree does not (docs/development.md)
	cd tools && $(TOOLS)/same/bin/python -m unittest --quiet same_test
	cd tools && $(TOOLS)/same/bin/python -m same $(or $(BASE),$(error name a commit: make same BASE=main)) \
	  --cases '$(or $(CASES),*)' $(if $(SEEDS),--seeds $(SEEDS)) $(if $(LOGS),--logs $(LOGS))

.PHONY: structure
structure: ## Packages, circles of modules, names that types share (docs/development.md)
	cd tools && python3 -m unittest --quiet structure_test
	cd tools && python3 -m structure

tools: $(TOOLS)/checks/.installed $(TOOLS)/calendar/.installed $(TOOLS)/checkov/.installed $(TOOLS)/emulator/.installed $(TOOLS)/node/.installed $(TOOLS)/deny/.installed ## Install what `make test` needs

clean-tools: ## Remove what `make tools` installed
	rm -rf $(TOOLS)

# tools/NAME.in lists the wanted packages; tools/NAME.txt lists the exact versions, made of it by:
#   uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header tools/NAME.in -o tools/NAME.txt
$(TOOLS)/%/.installed: tools/%.txt
	rm -rf $(@D)
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	touch $@

# The Go peer's SDK comes from a Debian package, so that no Go modules are downloaded. Without apt-get, the
# benchmark leaves this peer out and says so.
$(TOOLS)/bench-go/.installed:
	rm -rf $(@D) && mkdir -p $(@D)
	! command -v apt-get > /dev/null || (cd $(@D) && apt-get download --quiet $(GO_SDK) && for file in *.deb; do dpkg-deb -x $$file .; done)
	touch $@

$(TOOLS)/node/.installed: tools/package.json tools/package-lock.json
	rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D)
	cd $(@D) && npm ci --silent --no-audit --no-fund
	touch $@
