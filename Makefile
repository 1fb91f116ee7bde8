# The two commands that matter: `make demo` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

PRESET ?= release
BUILD  := build/$(PRESET)
JOBS   ?= $(shell nproc)

.PHONY: help deps configure build demo test test-asan test-tsan format lint clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

deps: ## Install the Debian packages that are missing
	@tools/install-deps

configure: deps
	@if [ ! -f $(BUILD)/build.ninja ]; then echo "== configuring $(BUILD)"; mkdir -p build; cmake --preset $(PRESET) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }; fi
	@ln -sfn $(BUILD)/compile_commands.json compile_commands.json

build: configure ## Build everything (PRESET=release|debug|asan|tsan)
	@echo "== building $(BUILD) with $(JOBS) jobs"
	@cmake --build $(BUILD) -j $(JOBS)

demo: configure ## Load the article, ask the headline question, show why
	@echo "== building what the demo needs in $(BUILD) with $(JOBS) jobs"
	@cmake --build $(BUILD) -j $(JOBS) --target sightline sightlined
	@examples/article/demo $(BUILD)/bin

test: build ## Build and run every test
	@echo "== testing $(BUILD)"
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

test-asan: ## The tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory test PRESET=asan

test-tsan: ## The storage and query tests under ThreadSanitizer
	@$(MAKE) --no-print-directory build PRESET=tsan
	@ctest --test-dir build/tsan --output-on-failure -j $(JOBS) -L 'storage|query'

format: deps ## Format our C++ in place
	@git ls-files '*.h' '*.cc' | xargs clang-format-14 -i

lint: configure ## Layers, headers, format and protos only
	@ctest --test-dir $(BUILD) --output-on-failure -L lint

clean: ## Remove what was built
	@rm -rf build compile_commands.json
