# The two commands that matter: `make demo` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

PRESET ?= release
BUILD  := build/$(PRESET)
JOBS   ?= $(shell nproc)

.PHONY: help deps configure build deb demo test test-long fuzz test-asan test-tsan tck bench-storage bench-query bench-scope bench-threads bench-query-peers bench-rpc format lint clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

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

# Not through ctest, whose time limits are for `make test`. RC_PARAMS is rapidcheck's.
test-long: export SIGHTLINE_KILL_CYCLES ?= 500
test-long: export SIGHTLINE_CRASH_RUNS ?= 500
test-long: export SIGHTLINE_PROPERTY_RUNS ?= 500
test-long: export REFERENCE_WORLDS ?= 500
# 30 queries a world: 34,000 worlds are a million pairs of query and graph.
test-long: export REFERENCE_LAST ?= 34000
test-long: export RC_PARAMS ?= max_success=2000
test-long: export SIGHTLINE_HISTORY_S ?= 120
test-long: export SIGHTLINE_LEAK_SESSIONS ?= 500
test-long: build ## The crash, property, reference, history and leak tests, with many more runs, and the fuzzers
	@for test in $(BUILD)/bin/{crash_*,reference_laws,*_property}_test; do echo "== $$test"; $$test --gtest_brief=1; done
	@tests/reference/long_run $(BUILD)
	@for test in history leak; do echo "== $$test"; /usr/bin/python3 tests/e2e/$${test}_test.py $(BUILD)/bin; done
	@$(MAKE) --no-print-directory fuzz

FUZZERS := slql_parse slql_bind slql_evaluate quad_block statement_record import_rdf import_ftm import_csv
FUZZ_SECONDS ?= 60

# What they find stays in build/fuzz/corpus, so that the next run begins where this one has ended.
fuzz: deps ## Feed parsers and decoders arbitrary bytes, FUZZ_SECONDS (60) each; needs clang++
	@command -v clang++ >/dev/null || { echo "make fuzz needs clang++, which has libFuzzer: apt-get install clang" >&2; exit 1; }
	@mkdir -p build
	@CXX=clang++ cmake -S . -B build/fuzz -G Ninja -DSIGHTLINE_FUZZ=ON -DSIGHTLINE_SANITIZE=address,undefined >build/fuzz.log 2>&1 || { cat build/fuzz.log; exit 1; }
	@cmake --build build/fuzz -j $(JOBS) --target $(FUZZERS:%=%_fuzz)
	@for fuzzer in $(FUZZERS); do \
	  echo "== $$fuzzer, $(FUZZ_SECONDS) s"; mkdir -p build/fuzz/corpus/$$fuzzer; \
	  build/fuzz/bin/$${fuzzer}_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/$$fuzzer- $$(case $$fuzzer in slql_*) echo -dict=tests/fuzz/slql.dict;; esac) \
	    build/fuzz/corpus/$$fuzzer $$(ls -d tests/fuzz/corpus/$$fuzzer 2>/dev/null); done

test-asan: ## The tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory test PRESET=asan

test-tsan: ## The storage and query tests under ThreadSanitizer
	@$(MAKE) --no-print-directory build PRESET=tsan
	@ctest --test-dir build/tsan --output-on-failure -j $(JOBS) -L 'storage|query'

deb: configure ## A Debian package of the programs, in build/deb
	@echo "== building the programs in $(BUILD) with $(JOBS) jobs"
	@cmake --build $(BUILD) -j $(JOBS) --target sightline sightlined sightline-admin man_pages
	@packaging/make-deb $(BUILD) build/deb

TCK_DIR ?= ../shared/data/opencypher-tck

tck: configure ## The openCypher TCK (TCK_DIR=a folder with features and graphs, or feature files)
	@cmake --build $(BUILD) -j $(JOBS) --target tck_runner
	@$(BUILD)/bin/tck_runner --list tests/tck/skipped.tsv --list tests/tck/known_failures.tsv $(TCK_DIR)

BENCHES := codec dictionary scope identity load scan commit

bench-storage: deps ## The storage benchmarks, against limits measured in the same run
	@mkdir -p build
	@cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DSIGHTLINE_BENCH=ON >build/bench.log 2>&1 || { cat build/bench.log; exit 1; }
	@echo "== building the benchmarks in build/bench with $(JOBS) jobs"
	@cmake --build build/bench -j $(JOBS) --target $(BENCHES:%=%_bench) sightline-admin
	@tests/bench/storage/report build/bench

bench-query: deps ## The query benchmarks: WatDiv, and a generated graph
	@mkdir -p build
	@cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DSIGHTLINE_BENCH=ON >build/bench.log 2>&1 || { cat build/bench.log; exit 1; }
	@echo "== building the benchmarks in build/bench with $(JOBS) jobs"
	@cmake --build build/bench -j $(JOBS) --target query_bench sightline-admin
	@tests/bench/query/bench build/bench

bench-scope: deps ## What scopes cost: queries under them, and making their bitmaps
	@mkdir -p build
	@cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DSIGHTLINE_BENCH=ON >build/bench.log 2>&1 || { cat build/bench.log; exit 1; }
	@echo "== building the benchmarks in build/bench with $(JOBS) jobs"
	@cmake --build build/bench -j $(JOBS) --target scoped_query_bench scope_bench
	@build/bench/bin/scoped_query_bench
	@build/bench/bin/scope_bench

bench-threads: deps ## What several threads at one query gain, and what they cost others
	@mkdir -p build
	@cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DSIGHTLINE_BENCH=ON >build/bench.log 2>&1 || { cat build/bench.log; exit 1; }
	@echo "== building the benchmarks in build/bench with $(JOBS) jobs"
	@cmake --build build/bench -j $(JOBS) --target query_threads_bench
	@build/bench/bin/query_threads_bench

BENCH_OURS ?= build/bench/results/sightline-watdiv.json build/bench/results/sightline-graph.json

bench-query-peers: ## Other engines on the data of bench-query, beside ours (BENCH_OURS: our results)
	@tests/bench/peers/bench build/peers $(BENCH_OURS)

bench-rpc: deps ## Calls through gRPC: an empty one and a point query, with and without TLS
	@mkdir -p build
	@cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DSIGHTLINE_BENCH=ON >build/bench.log 2>&1 || { cat build/bench.log; exit 1; }
	@echo "== building the benchmarks in build/bench with $(JOBS) jobs"
	@cmake --build build/bench -j $(JOBS) --target rpc_bench sightlined
	@build/bench/bin/rpc_bench

format: deps ## Format our C++ in place
	@git ls-files '*.h' '*.cc' | xargs clang-format-14 -i

lint: configure ## Layers, headers, format and protos only
	@ctest --test-dir $(BUILD) --output-on-failure -L lint

clean: ## Remove what was built
	@rm -rf build compile_commands.json
