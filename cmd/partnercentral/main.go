// Command partnercentral starts, waits for and lists the tasks of AWS Partner
// Central, one by one and in bulk. docs/cli.md describes it.
//
//	go run ./cmd/partnercentral --demo submit O1234567
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second one ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
