// Command river shows tasks on River: deals are submitted to the fake service in
// transactions of a small CRM, workers take them to their end, and a page shows
// what runs, waits and failed.
//
//	go run ./examples/river
//
// needs nothing installed: one process and a SQLite file. With
//
//	go run ./examples/river -database postgres://… -workers 3 -kill
//
// three processes work on PostgreSQL, and every few seconds one of them is
// killed at random and started again.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// settings are what the flags say, and what a worker process is told.
type settings struct {
	database string
	deals    int
	workers  int
	rate     float64
	kill     bool
	address  string
	stay     bool

	// Of a worker process.
	endpoint, run string
}

func main() {
	var s settings
	flag.StringVar(&s.database, "database", "", "where the tasks are: postgres://…, or empty for a SQLite file that is removed at the end")
	flag.IntVar(&s.deals, "deals", 40, "how many deals to submit")
	flag.IntVar(&s.workers, "workers", 1, "how many processes work; 1 works in this one")
	flag.Float64Var(&s.rate, "rate", 2, "how many Starts per second the fake's account allows; a real one allows 1")
	flag.BoolVar(&s.kill, "kill", false, "kill a worker at random every few seconds and start another; needs -workers 2 or more")
	flag.StringVar(&s.address, "ui", "127.0.0.1:0", "where River UI listens")
	flag.BoolVar(&s.stay, "stay", false, "keep River UI open at the end, until interrupted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if told := os.Getenv(workerVariable); told != "" {
		err = s.worker(ctx, told)
	} else {
		err = s.demo(ctx, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "river:", err)
		os.Exit(1)
	}
}

// check refuses flags that do not go together.
func (s *settings) check() error {
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("unknown argument %q: there are flags only", flag.Arg(0))
	case s.deals < 1 || s.deals > 9999:
		return errors.New("-deals must be 1 to 9999")
	case s.workers < 1 || s.workers > 20:
		return errors.New("-workers must be 1 to 20")
	case s.rate < 0.1 || s.rate > 50:
		return errors.New("-rate must be 0.1 to 50")
	case s.kill && s.workers < 2:
		return errors.New("-kill needs -workers 2 or more: this process is not killed")
	case s.database != "" && !isPostgres(s.database):
		return errors.New("-database must begin with postgres://: leave it out for SQLite")
	}
	return nil
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// demo starts the fake and runs everything against it.
func (s settings) demo(ctx context.Context, w io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	if s.database == "" {
		dir, err := os.MkdirTemp("", "river-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		s.database = filepath.Join(dir, "tasks.db")
	}
	quotas := fake.DefaultQuotas()
	quotas.WritesPerSecond = s.rate
	svc := fake.NewService(fake.WithCredentials(accessKey, secretKey), fake.WithQuotas(quotas), fake.WithDuration(6*time.Second))
	defer svc.Close()
	svc.When(fake.StartEngagementFromOpportunityTask, fake.WithIdentifier(failingDeal)).Script(
		fake.After(3*time.Second, fake.Fail("OpportunityValidationFailed", "the target close date is in the past")))
	s.endpoint = svc.Listen().URL
	// An account of its own, so that a database can be used again.
	s.run = "demo-" + strconv.FormatInt(time.Now().UnixMilli(), 36)
	return withStore(ctx, s.database,
		func(ctx context.Context, db store[pgx.Tx]) error { return run(ctx, s, db, svc, w) },
		func(ctx context.Context, db store[*sql.Tx]) error { return run(ctx, s, db, svc, w) })
}
