package partnercentralriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/cosell-dev/partnercentral-go"
)

const (
	// Calls of onEnd that go on at once in one process, unless the
	// configuration has the queue already. Each has a connection as long as it
	// takes, and a pool of pgx has 4 by default, which the lease needs too.
	endWorkers = 2

	// How long Work lets running jobs end before it cancels them.
	stopTime = 10 * time.Second
)

// Work is a whole worker program: a River client with the workers of this
// package, and [Tasks.Run] beside it. It blocks until ctx ends, lets what runs
// finish for some seconds, hands the account over to another process, and
// returns nil. config may be nil, or have workers and queues of the caller's
// own.
//
// After the end of ctx it takes at most 30 seconds if the database answers,
// whatever client and onEnd do: 10 in which [Tasks.Run] returns, and twice 10 for River. A job that does
// not end in that time, such as that of an onEnd that does not mind its context,
// makes it return context.DeadlineExceeded. Other errors come at once:
// [ErrNotMigrated], a configuration that River refuses, and a database that is
// away when Work begins.
func (t *Tasks[TTx]) Work(ctx context.Context, config *river.Config) error {
	if ctx == nil {
		return errNilContext
	}
	var c river.Config
	if config != nil {
		c = *config
	}
	if c.Schema == "" {
		c.Schema = t.options.Schema
	}
	if c.Logger == nil {
		c.Logger = t.options.Logger
	}
	if err := t.checkTables(ctx); ctx.Err() != nil {
		return nil
	} else if err != nil {
		return fmt.Errorf("partnercentralriver: Work: %w", err)
	}
	if c.Workers == nil {
		c.Workers = river.NewWorkers()
		defer t.forget(c.Workers)
	}
	if err := t.AddTo(&c); err != nil {
		return err
	}
	client, err := river.NewClient(t.db.driver, &c)
	if err != nil {
		return fmt.Errorf("partnercentralriver: Work: %w", err)
	}
	// Not ctx, whose end would cancel running jobs.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("partnercentralriver: Work: %w", err)
	}
	err = t.Run(ctx)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if client.Stop(stopping) != nil {
		canceling, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = errors.Join(err, client.StopAndCancel(canceling))
	}
	return err
}

// checkTables returns [ErrNotMigrated] if there are none.
func (t *Tasks[TTx]) checkTables(ctx context.Context) error {
	return t.db.within(ctx, func(tx transaction[TTx]) error {
		_, err := tx.exec(ctx, `SELECT 1 FROM {task}, {lease}, {nudge}, {job} WHERE false`)
		return err
	})
}

// forget lets go of workers that nobody else has.
func (t *Tasks[TTx]) forget(workers *river.Workers) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.added, workers)
}

// AddTo adds the worker and the queue of this package to the configuration of a
// River client of the caller's. The client must be on the same database and
// schema. Some process must call [Tasks.Run] too. Workers that have the worker
// already are left as they are.
func (t *Tasks[TTx]) AddTo(config *river.Config) error {
	if config == nil {
		return errors.New("partnercentralriver: AddTo: the configuration is nil: give it that of your River client")
	}
	if config.Schema != t.options.Schema {
		return fmt.Errorf("partnercentralriver: AddTo: the schema of the configuration is %q and that of the Options %q: they must be the same", config.Schema, t.options.Schema)
	}
	if config.Workers == nil {
		config.Workers = river.NewWorkers()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.added[config.Workers] {
		if err := addWorker(config.Workers, t); err != nil {
			return fmt.Errorf("partnercentralriver: AddTo: %w: the workers belong to other Tasks of this account: give each Tasks workers of its own", err)
		}
		t.added[config.Workers] = true
	}
	queues := map[string]river.QueueConfig{accountScoped(Queue, t.options.Account): {MaxWorkers: endWorkers}}
	for name, queue := range config.Queues {
		queues[name] = queue
	}
	config.Queues = queues
	return nil
}

// addWorker adds the worker under the name of its account. River panics if it
// has one already.
func addWorker[TTx any](workers *river.Workers, t *Tasks[TTx]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	river.AddWorkerArgs(workers, endArgs{Account: t.options.Account}, &endWorker[TTx]{tasks: t})
	return nil
}

// Nudge says that something may have happened to tasks, such as those of an
// event from EventBridge:
//
//	err := tasks.Nudge(ctx, event.Tasks()...)
//
// The process that holds the account polls for them within a second, as with
// [partnercentral.TaskWaiter.Nudge]. Tasks that nobody waits for are ignored.
func (t *Tasks[TTx]) Nudge(ctx context.Context, tasks ...partnercentral.Task) error {
	if len(tasks) == 0 {
		return nil
	}
	err := t.db.within(ctx, func(tx transaction[TTx]) error {
		for _, task := range tasks {
			if _, err := tx.exec(ctx, `INSERT INTO {nudge} (account, task) VALUES ($1, $2)`, t.options.Account, taskText(task)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		t.wakeHolder()
	}
	return err
}
