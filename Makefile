# One build configuration (debug) in one folder (.build): the demonstration and the tests share it. Only `make soak` and `make bench` make another.

SWIFT ?= swift
# Tests that serve and ask in one process run by themselves: hundreds of others in the same process would keep a reply waiting.
SERVED = ^(SandboxTests|ProvidersTests|RunnerTests)\.
# Busy for a minute on every core, so by itself too.
SIMULATED = ^RunnerTests\.SimulationTests
# Kill a program in the very moment of a reply of this process, and have it recover: by themselves too.
KILLED = ^CommandsTests\.(FailpointPairTests|OmissionTests|OutcomeTableTests|SyncOrderTests)
# Not all at once: a thousand tests in one process would have more files open, and more programs running, than they or a machine bear.
AT_ONCE = --experimental-maximum-parallelization-width 24
# A build of its own that obeys failpoints all the same: see FLOWBATCH_SOAK in Package.swift.
OPTIMISED = -c release --scratch-path .build-soak
# Tools to compare with are installed: Python ones below .build-bench, ninja and parallel with apt or Homebrew. BENCH="planning --sizes 1000,10000"
# asks for a part.
MEASURED = -c release --scratch-path .build-bench
FORMATTED = Sources Tests Package.swift

.DEFAULT_GOAL := help
.PHONY: help demo test soak bench build lint format clean bootstrap

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Run examples/advertising against the sandbox: 8 pictures in 4K and 8 clips
	@.ci/demo

test: ## Build and run all tests
	@.ci/bootstrap test
	@echo "Building (several minutes the first time), then testing"
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --disable-xctest $(AT_ONCE) --filter '$(SERVED)' --skip '$(SIMULATED)'
	$(SWIFT) test --skip-build --disable-xctest $(AT_ONCE) --skip '$(SERVED)' --skip '$(KILLED)'
	$(SWIFT) test --skip-build --disable-xctest $(AT_ONCE) --filter '$(KILLED)'
	$(SWIFT) test --skip-build --disable-xctest $(AT_ONCE) --filter '$(SIMULATED)'

soak: ## A million simulated worlds, every pair of failpoints, 1,000 kills (hours)
	@.ci/bootstrap test
	$(SWIFT) build --build-tests
	FLOWBATCH_SOAK=1 $(SWIFT) build $(OPTIMISED) --build-tests
	FLOWBATCH_SOAK=1 FLOWBATCH_FIRST_SEED=random FLOWBATCH_WORLDS=1000000 $(SWIFT) test $(OPTIMISED) --skip-build --disable-xctest $(AT_ONCE) --filter '$(SIMULATED)'
	FLOWBATCH_CRASH_ROUNDS=20000 $(SWIFT) test --skip-build --disable-xctest $(AT_ONCE) --filter 'CrashTests|ChoiceTests'
	FLOWBATCH_PROGRAM='$(CURDIR)/.build-soak/release/flowbatch' FLOWBATCH_PAIRS=all $(SWIFT) test --skip-build --disable-xctest --filter killedTwice
	FLOWBATCH_PROGRAM='$(CURDIR)/.build-soak/release/flowbatch' FLOWBATCH_KILL_ROUNDS=1000 $(SWIFT) test --skip-build --disable-xctest --filter killedAtRandomMoments

bench: bootstrap ## Measure beside ninja, Snakemake, Luigi, doit, GNU parallel and scripts (an hour)
	$(SWIFT) build $(MEASURED) --product flowbatch
	$(SWIFT) build $(MEASURED) --product Benchmark
	@python3 Tests/Benchmarks/bench.py $(BENCH)

build: bootstrap ## Build the flowbatch command as .build/debug/flowbatch
	@echo "Building (several minutes the first time)"
	$(SWIFT) build --product flowbatch

lint: ## Hold all Swift code against .swift-format
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)

format: ## Format all Swift code
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

clean: ## Remove the build; outputs and the state of campaigns stay
	rm -rf .build .build-soak .build-bench

bootstrap: ## Install what is missing (libyaml, SQLite, zlib, ffmpeg, a font)
	@.ci/bootstrap
