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
	"time"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
)

// patience is how long an interrupt leaves the program to say what it knows.
const patience = 1800 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		// The second one ends the program at once, and so does what hangs.
		stop()
		time.AfterFunc(patience, func() { os.Exit(report.ExitUnknown) })
	})
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
