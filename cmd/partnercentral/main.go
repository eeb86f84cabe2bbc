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
	ctx, stop := context.WithCancel(context.Background())
	told := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		// What was started to outlive its terminal, as by nohup, does.
		if !signal.Ignored(s) {
			signal.Notify(told, s)
		}
	}
	// Whoever reads the results may have had enough. What goes on is finished.
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		<-told
		stop()
		// The second one ends the program at once, and so does what hangs.
		select {
		case <-told:
		case <-time.After(patience):
		}
		os.Exit(report.ExitUnknown)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
