package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"riverqueue.com/riverui"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

const workerVariable = "PARTNERCENTRAL_RIVER_WORKER"

// told is what a worker process needs to know.
type told struct {
	Database, Endpoint, Run string
	Rate                    float64
}

// worker is the whole of a worker process.
func (s settings) worker(ctx context.Context, text string) error {
	var t told
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		// The end of the demo, however it ends, is that of its workers.
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	s.database, s.endpoint, s.run, s.rate = t.Database, t.Endpoint, t.Run, t.Rate
	return withStore(ctx, s.database,
		func(ctx context.Context, db store[pgx.Tx]) error { return work(ctx, s, db) },
		func(ctx context.Context, db store[*sql.Tx]) error { return work(ctx, s, db) })
}

func work[TTx any](ctx context.Context, s settings, db store[TTx]) error {
	c, err := newCRM(s, db)
	if err != nil {
		return err
	}
	return c.tasks.Work(ctx, nil)
}

// run shows the deals until all have ended.
func run[TTx any](ctx context.Context, s settings, db store[TTx], svc *fake.Service, w io.Writer) error {
	c, err := newCRM(s, db)
	if err != nil {
		return err
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	address, closeUI, err := serveUI(ctx, c)
	if err != nil {
		return err
	}
	defer closeUI()
	fmt.Fprintf(w, "River UI: %s/jobs?queues=partnercentral_%s\n", address, s.run)
	working, stop := context.WithCancel(ctx)
	crew := &crew{settings: s}
	var done sync.WaitGroup
	defer done.Wait()
	defer stop()
	failed := make(chan error, 1)
	done.Go(func() {
		if s.workers == 1 {
			failed <- work(working, s, db)
		} else {
			failed <- crew.work(working)
		}
	})
	if err := c.submit(ctx); err != nil {
		return err
	}
	if err := c.show(ctx, w, failed); err != nil {
		return err
	}
	failures, err := c.tasks.List(ctx, partnercentralriver.ListParams{Statuses: []partnercentralriver.Status{partnercentralriver.StatusFailed}})
	if err != nil {
		return err
	}
	for _, row := range failures {
		fmt.Fprintf(w, "%s failed: %s/jobs/%d\n", row.Object, address, row.JobID)
	}
	if err := c.report(ctx, w, svc, crew); err != nil {
		return err
	}
	if s.stay {
		fmt.Fprintln(w, "Interrupt to end.")
		<-ctx.Done()
	}
	return nil
}

// report prints the counts of the end, and is an error if they are not good.
func (c *crm[TTx]) report(ctx context.Context, w io.Writer, svc *fake.Service, crew *crew) error {
	count := func(where string) int {
		n, err := c.number(ctx, `SELECT count(*) FROM demo_deal WHERE run = $1 AND `+where, c.run)
		if err != nil {
			return -1
		}
		return n
	}
	started := map[string]int{} // by deal
	twice := count("ended > 1")
	for _, task := range svc.Tasks() {
		if started[task.Identifiers[0]]++; started[task.Identifiers[0]] > 1 {
			twice++
		}
	}
	ended, lost := count("ended > 0"), c.deals-len(started)+count("ended = 0")
	calls := svc.Calls()
	starts := calls.For(fake.StartEngagementFromOpportunityTask)
	if crew.kills.Load() > 0 {
		fmt.Fprintf(w, "%d workers killed, %d Starts repeated with their token\n", crew.kills.Load(), starts.Committed().Len()-starts.Made().Len())
	}
	fmt.Fprintf(w, "%.2f Lists a task, %d Starts throttled\n", float64(calls.Len()-starts.Len())/float64(c.deals), calls.WithError("ThrottlingException").Len())
	fmt.Fprintf(w, "%d ended, %d twice, %d lost\n", ended, twice, lost)
	if ended != c.deals || twice != 0 || lost != 0 {
		return errors.New("that is not as it should be")
	}
	return nil
}

// serveUI serves River UI and returns its address.
func serveUI[TTx any](ctx context.Context, c *crm[TTx]) (string, func(), error) {
	client, err := river.NewClient(c.driver, &river.Config{})
	if err != nil {
		return "", nil, err
	}
	handler, err := riverui.NewHandler(&riverui.HandlerOpts{Endpoints: riverui.NewEndpoints(client, nil), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", nil, err
	}
	serving, stop := context.WithCancel(ctx)
	if err := handler.Start(serving); err != nil {
		stop()
		return "", nil, err
	}
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		stop()
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(listener) })
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close()
		stop()
		served.Wait()
	}, nil
}

// crew are worker processes.
type crew struct {
	settings
	kills atomic.Int64
}

// work keeps the processes running, and kills one now and then if asked to,
// until ctx ends.
func (c *crew) work(ctx context.Context) error {
	running := make([]*exec.Cmd, c.workers)
	defer func() {
		for _, cmd := range running {
			if cmd != nil {
				_ = cmd.Process.Signal(os.Interrupt)
			}
		}
		for _, cmd := range running {
			if cmd != nil {
				_ = cmd.Wait()
			}
		}
	}()
	for i := range running {
		var err error
		if running[i], err = c.spawn(); err != nil {
			return err
		}
	}
	for {
		timer := time.NewTimer(time.Duration(2000+rand.IntN(2000)) * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if !c.kill {
			continue
		}
		i := rand.IntN(len(running))
		if err := running[i].Process.Kill(); err != nil {
			return err
		}
		_ = running[i].Wait()
		c.kills.Add(1)
		var err error
		if running[i], err = c.spawn(); err != nil {
			running[i] = nil
			return err
		}
	}
}

func (c *crew) spawn() (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(told{c.database, c.endpoint, c.run, c.rate})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), workerVariable+"="+string(b))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return cmd, cmd.Start()
}
