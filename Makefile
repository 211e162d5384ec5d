# The commands people type. Each installs what is missing first (tools/bootstrap), then asks CMake; see CMakePresets.json.
JOBS ?= $(shell nproc)
DEMO_DIR ?= results/demo
DEMO_ARGS ?=
BENCH_ARGS ?=
TRUTH_ARGS ?=
FUZZ_SECONDS ?= 10

export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
# Most of what is tested beside other tests waits more than it computes.
export CTEST_PARALLEL_LEVEL := $(shell expr 2 \* $(JOBS))

.PHONY: help bootstrap build demo test truth bench fuzz format tidy clean

help:
	@echo 'make build    build/release/loadstone and build/release/code-graph-http'
	@echo 'make demo     the shipped suite against the shipped service; results in $(DEMO_DIR) (DEMO_ARGS=... for flags)'
	@echo 'make test     build with assertions and run every test'
	@echo 'make truth    the experiments behind every claim, as a table (TRUTH_ARGS=... for flags of tests/truth/run.py)'
	@echo 'make bench    loadstone beside wrk, h2load, hey, ab, npm ws and Boost.Beast (BENCH_ARGS=... for flags of tools/bench)'
	@echo 'make fuzz     every fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS) seconds from its corpus'
	@echo 'make format   clang-format over everything'
	@echo 'make tidy     clang-tidy over everything'
	@echo 'make clean    remove build/'
	@echo
	@echo 'JOBS=$(JOBS) sets how many compilers and tests run at once. .ci/run does all that CI does.'

bootstrap:
	@tools/bootstrap

build:
	@tools/bootstrap build
	cmake --preset release
	cmake --build --preset release

demo: build
	@status=0; build/release/loadstone run suites/code-graph.yaml -o $(DEMO_DIR) $(DEMO_ARGS) || status=$$?; \
	if [ -e $(DEMO_DIR) ]; then echo "The results are in $(CURDIR)/$(DEMO_DIR): $$(ls $(DEMO_DIR) | tr '\n' ' ')"; fi; \
	exit $$status

test: bootstrap
	cmake --preset dev
	cmake --build --preset dev
	ctest --preset dev

truth: bootstrap build
	cmake --build --preset release --target truth_programs
	/usr/bin/python3 tests/truth/run.py build/release/loadstone --simulations build/release/truth_simulations $(TRUTH_ARGS)

bench: bootstrap build
	cmake --build --preset release --target bench_server bench_ws_server bench_ws_client
	tools/bench $(BENCH_ARGS)

fuzz: bootstrap
	cmake --preset fuzz
	cmake --build --preset fuzz
	tools/fuzz_smoke $(FUZZ_SECONDS)

format: bootstrap
	@tools/sources | xargs clang-format-19 -i

tidy: bootstrap
	cmake --workflow --preset tidy

clean:
	rm -rf build
