package partnercentralriver

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/cosell-dev/partnercentral-go"
)

const (
	// Queue is the River queue of the jobs that call the function given to [New].
	// With an Account other than the default one, "_" and its name follow.
	Queue = "partnercentral"

	// JobKind is the kind of these jobs. Account names follow as in Queue.
	JobKind = "partnercentral_end"

	// jobVersion is the version of endArgs.
	jobVersion = 1

	// How soon a job asks again that was made available by hand before its
	// task ended.
	earlyJobPause = 15 * time.Second
)

// endArgs are the arguments of the job of a row. Object and TaskKind are for
// people who see the job. The token is not among them, since UIs show them.
type endArgs struct {
	Version  int    `json:"version"`
	Row      int64  `json:"row"`
	Account  string `json:"account"`
	Object   string `json:"object"`
	TaskKind string `json:"task"`
}

func (a endArgs) Kind() string { return accountScoped(JobKind, a.Account) }

func accountScoped(name, account string) string {
	if account == "" || account == defaultAccount {
		return name
	}
	return name + "_" + account
}

// insertEndJob inserts the job of a row and returns its id. A pending one is not
// worked until the end of the task makes it available.
func (t *Tasks[TTx]) insertEndJob(ctx context.Context, tx TTx, row int64, kind partnercentral.TaskKind, object string, pending bool) (int64, error) {
	args := endArgs{Version: jobVersion, Row: row, Account: t.options.Account, Object: object, TaskKind: string(kind)}
	result, err := t.inserter.InsertTx(ctx, tx, args, &river.InsertOpts{Queue: accountScoped(Queue, t.options.Account), Pending: pending})
	if err != nil {
		return 0, err
	}
	return result.Job.ID, nil
}

// endWorker calls onEnd.
type endWorker[TTx any] struct {
	river.WorkerDefaults[endArgs]
	tasks *Tasks[TTx]
}

func (w *endWorker[TTx]) Timeout(*river.Job[endArgs]) time.Duration {
	return w.tasks.options.OnEndTimeout
}

// Work calls onEnd for the row of the job unless it was called with success
// before. A task that failed cancels its job, so that UIs show it with its
// reason.
func (w *endWorker[TTx]) Work(ctx context.Context, job *river.Job[endArgs]) error {
	t := w.tasks
	if job.Args.Version != jobVersion {
		return fmt.Errorf("partnercentralriver: job %d has version %d, and this program knows %d: deploy the program that wrote it", job.ID, job.Args.Version, jobVersion)
	}
	defer func() {
		if p := recover(); p != nil {
			text, _, _ := strings.Cut(fmt.Sprint(p), "\n") // without the stack, which River records
			t.noteError(context.WithoutCancel(ctx), job.Args.Row, fmt.Errorf("onEnd: it panicked: %s", text))
			panic(p)
		}
	}()
	var r record
	early := false
	err := t.db.withinBounded(ctx, t.options.OnEndTimeout+time.Second, 0, func(tx transaction[TTx]) (err error) {
		r, err = t.locked(ctx, tx, job.Args.Row)
		if early = err == nil && r.EndedAt.IsZero(); err != nil || early || !r.HandledAt.IsZero() {
			return err
		}
		if err := r.needTask(true); err != nil {
			return err
		}
		// Before the call, so that it is also true if onEnd commits tx itself.
		_, err = tx.exec(ctx, `UPDATE {task} SET handled_at = {now}, last_error = $2 WHERE id = $1`, r.ID, failureText(r.Task))
		if err != nil {
			return err
		}
		return t.callOnEnd(ctx, tx.tx, r.Task)
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return river.JobCancel(fmt.Errorf("row %d of partnercentral_task was deleted", job.Args.Row))
	case err != nil:
		t.noteError(context.WithoutCancel(ctx), job.Args.Row, fmt.Errorf("onEnd: %w", err))
		return err
	case early:
		return river.JobSnooze(earlyJobPause)
	case r.Task.Err() != nil:
		return river.JobCancel(r.Task.Err())
	}
	return nil
}

// callOnEnd calls onEnd in a goroutine of its own: one that ends its goroutine,
// as t.FailNow does, would end River's, and River would wait for the job for
// ever.
func (t *Tasks[TTx]) callOnEnd(ctx context.Context, tx TTx, task partnercentral.Task) error {
	panicked := ""
	err := errors.New("it has ended its goroutine (runtime.Goexit), as t.FailNow does")
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
			}
		}()
		err = t.onEnd(context.WithValue(ctx, inOnEnd{}, true), tx, task)
	}()
	<-done
	if panicked != "" {
		panic(panicked) // River records it
	}
	return err
}

// failureText is the last_error of a row whose end was taken.
func failureText(task partnercentral.Task) *string {
	if task.Err() == nil {
		return nil
	}
	text := plain(task.Err().Error())
	return &text
}

// noteError writes what went wrong into the row, unless its end was taken since:
// the row of a call that came too late may have had another.
func (t *Tasks[TTx]) noteError(ctx context.Context, row int64, problem error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := t.db.within(ctx, func(tx transaction[TTx]) error {
		_, err := tx.exec(ctx, `UPDATE {task} SET last_error = $2 WHERE id = $1 AND handled_at IS NULL`, row, plain(problem.Error()))
		return err
	})
	if err != nil {
		t.options.Logger.WarnContext(ctx, "partnercentralriver: an error could not be written to its row", "row", row, "problem", problem, "error", err)
	}
}
