.PHONY: bench bench-once test

# The table of bench/README.md.
bench:
	go run ./bench

# Every benchmark compiles and runs.
bench-once:
	go test -run '^$$' -bench . -benchtime 1x ./bench

test:
	go test -race ./...
