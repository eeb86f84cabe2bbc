.PHONY: help test check flakes api policies bench bench-once bench-baseline bench-compare newest-sdk vulnerabilities try-release session

BENCHSTAT = golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
# What is measured in memory: the loopback benchmarks tell more about the machine.
BENCHMARKS = go test -run '^$$' -bench 'Memory|Runner|Waiter|APIOption|Decode/10$$' -benchtime 3000x -count 8 -benchmem ./bench

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 17

test: ## the tests of the library, with the race detector
	go test -race ./...

check: ## all that a change must pass
	.ci/run

flakes: ## the tests 20 times with the race detector on 1, 2 and 8 processors; an hour or two
	.ci/flakes

api: ## write api.txt anew
	go run .ci/api.go . partnercentraltest partnercentralevents river >api.txt

policies: ## write the IAM policies and the table of docs/permissions.md anew
	go run .ci/policies.go

bench: ## the table of bench/README.md, some minutes
	go run ./bench

bench-once: ## see that every benchmark compiles and runs
	go test -run '^$$' -bench . -benchtime 1x ./bench

bench-baseline: ## write bench/baseline.txt anew
	$(BENCHMARKS) >bench/baseline.txt

bench-compare: ## benchmarks beside bench/baseline.txt; allocations are exact, times are this machine's
	$(BENCHMARKS) >/tmp/partnercentral-bench.txt
	go run $(BENCHSTAT) bench/baseline.txt /tmp/partnercentral-bench.txt

newest-sdk: ## the tests with the newest AWS SDK
	.ci/newest-sdk

vulnerabilities: ## govulncheck, for every module
	.ci/vulnerabilities

session: ## record the terminal session of docs/cli.md anew
	cmd/partnercentral/session

try-release: ## make a release in a clone and use it
	.ci/try-release
