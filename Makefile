.PHONY: api bench bench-once policies test

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

# Writes the IAM policies and the table of docs/permissions.md anew.
policies:
	go run .ci/policies.go
