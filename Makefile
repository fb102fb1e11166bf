# Doorstep (到家办). The two commands that matter: `make run` and `make test`.

export PATH := $(CURDIR)/target/tools/bin:$(CURDIR)/target/tools/node/node_modules/.bin:$(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
export DOORSTEP_HOME ?= $(CURDIR)/data

# With a display the station has its own window; without one the browser shows it.
SHELL_KIND := $(if $(DOORSTEP_SHELL),$(DOORSTEP_SHELL),$(if $(or $(DISPLAY),$(WAYLAND_DISPLAY)),window,base))
RUN_PACKAGES := -p doorstep-center -p doorstep-station $(if $(filter window,$(SHELL_KIND)),-p doorstep)

.PHONY: help run codes build test bench simulate power-cuts fuzz guards bench-peers bench-forms fmt lint advisories sbom clean-data
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: build ## a demo district and a station on this machine; Ctrl+C stops it, the data stays
	@exec scripts/run.sh $(SHELL_KIND)

codes: ## what the telephones of the demo accounts would show now
	@node scripts/demo.mjs codes "$(DOORSTEP_HOME)/center/demo-accounts.json"

build: ## what `run` runs, without running it
	@scripts/setup.sh $(SHELL_KIND)
	@$(MAKE) --no-print-directory ui/dist/.built
	cargo build --locked --bins $(RUN_PACKAGES)

# The pages are embedded in the programs, so they come first. Folders stand in the list so that a deleted file is noticed.
ui/dist/.built: $(shell find ui -path ui/dist -prune -o -print 2>/dev/null) package-lock.json vite.config.ts tsconfig.json
	npm run --silent build
	@touch $@

test: ## every test; ends with one count for each runner
	@scripts/setup.sh test
	@scripts/test.sh

bench: ## what the bars of the README promise, measured on this machine
	@scripts/setup.sh base
	@$(MAKE) --no-print-directory ui/dist/.built
	cargo bench -p doorstep-harness

bench-peers: ## Doorstep beside its peers on the same line, about ten minutes; PUBLISH=1 writes the tables of the pages
	@scripts/setup.sh base
	@$(MAKE) --no-print-directory ui/dist/.built
	@scripts/bench-peers.sh $(if $(PUBLISH),--publish)

bench-forms: ## the catalogue read beside pyxform and xforms-engine
	@scripts/setup.sh base
	@$(MAKE) --no-print-directory ui/dist/.built
	@scripts/bench-forms.sh

# SEED=123 runs one district once more; SEEDS=n as many as that, from FIRST_SEED on.
simulate: ## districts with everything that goes wrong, in virtual time: SEEDS=10000 JOBS=2, or SEED=123 to repeat one
	@scripts/setup.sh base
	@$(MAKE) --no-print-directory ui/dist/.built
	SEED=$(SEED) FIRST_SEED=$(FIRST_SEED) SEEDS=$(SEEDS) JOBS=$(JOBS) cargo test --profile bench -p doorstep-harness --test simulate -- --nocapture

# SEED=3 repeats the cuts of one day.
power-cuts: ## power cuts at any moment of working days: SEEDS=10000 cuts so often
	@scripts/setup.sh base
	@$(MAKE) --no-print-directory ui/dist/.built
	cargo build --profile bench -p doorstep-harness --example day
	SEED=$(SEED) FIRST_SEED=$(FIRST_SEED) SEEDS=$(SEEDS) cargo test --profile bench -p doorstep-harness --test power -- --nocapture

# What it finds is kept by `scripts/fuzz.sh keep`, and read again by `make test`.
fuzz: ## every decoder of bytes from outside under a fuzzer: MINUTES=20 of CPU each, TARGET=item alone
	@scripts/setup.sh base
	@$(MAKE) --no-print-directory ui/dist/.built
	@scripts/fuzz.sh run $(or $(MINUTES),20) $(TARGET)

# Only from a committed tree; hours. FILE=door.guards takes those of one section.
guards: ## takes each guard of docs/threats.md out of the code and sees its test fail
	@scripts/setup.sh test
	@node scripts/guards.mjs $(FILE)

fmt: ## lay out the code
	cargo fmt --all

lint: ## the checks of `test` that run nothing
	@scripts/setup.sh test
	@scripts/test.sh format clippy licences eslint types

advisories: ## known weaknesses of what we depend on
	@scripts/setup.sh test
	@scripts/advisories.sh

sbom: ## what the programs are made of, as CycloneDX in target/sbom
	@scripts/setup.sh base
	@scripts/sbom.sh

clean-data: ## forget the demo district and everything taken in it
	@scripts/clean-data.sh
