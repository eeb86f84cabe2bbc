.PHONY: api bench bench-once test

# The table of bench/README.md.
bench:
	go run ./bench

# Every benchmark compiles and runs.
bench-once:
	go test -run '^$$' -bench . -benchtime 1x ./bench

test:
	go test -race ./...

# Writes the agreed public names anew.
api:
	go run .ci/api.go . partnercentraltest partnercentralevents >api.txt
