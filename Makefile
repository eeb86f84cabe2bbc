.PHONY: bench bench-once test test-both

# The table of bench/README.md.
bench:
	go run ./bench

# Every benchmark compiles and runs.
bench-once:
	go test -run '^$$' -bench . -benchtime 1x ./bench

test:
	go test -race ./...

# The tests of the client, with reused stacks and with a stack for each call.
test-both:
	go test -race .
	go test -race . -args -stack-per-call
