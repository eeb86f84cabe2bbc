package partnercentralriver

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/cosell-dev/partnercentral-go"
)

const (
	// The longest wait of one call. When it ends another begins.
	followWait = time.Hour

	// The pauses before a task is started again after a failure.
	restartMin = 5 * time.Second
	restartMax = 5 * time.Minute

	// A job may be that much later than its timeout, and an end that old,
	// before the job is taken for lost.
	jobGrace = 5 * time.Second
)

// followAll follows the rows that run and are not followed yet.
func (h *holding[TTx]) followAll(ctx context.Context) error {
	var rows []record
	err := h.within(ctx, func(tx transaction[TTx]) error {
		rows = nil
		return tx.each(ctx, `SELECT `+rowColumns+` FROM {task} WHERE account = $1 AND status = 'IN_PROGRESS'`, []any{h.lease.account},
			func(scan func(...any) error) error {
				r, err := scanRecord(scan)
				rows = append(rows, r)
				return err
			})
	})
	for _, r := range rows {
		r.Task.ClientToken = r.startToken
		problem := r.needTask(false)
		if problem == nil {
			if problem = lacks(h.tasks.client, r.Kind); problem != nil {
				problem = &RowError{r.ID, problem}
			}
		}
		if problem != nil {
			h.tasks.noteError(ctx, r.ID, problem)
			continue
		}
		h.follow(ctx, r, r.Task)
	}
	return err
}

// follow waits for the end of a task that runs, unless it does already.
func (h *holding[TTx]) follow(ctx context.Context, r record, task partnercentral.Task) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.following[r.ID] {
		return
	}
	h.following[r.ID] = true
	h.wg.Go(func() {
		h.await(ctx, r, task)
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.following, r.ID)
	})
}

func (h *holding[TTx]) await(ctx context.Context, r record, task partnercentral.Task) {
	for failures := 1; ctx.Err() == nil; failures++ {
		ended, err := h.waiter.Wait(ctx, task, followWait)
		switch {
		case ended.Done():
			h.ended(ctx, r, ended)
			return
		case ctx.Err() != nil:
			return
		case errors.Is(err, partnercentral.WaitTimedOut):
			failures = 0
		default:
			// Whatever it is, the task may still end.
			h.record(ctx, func(tx transaction[TTx]) error {
				_, err2 := tx.exec(ctx, `UPDATE {task} SET last_error = $2 WHERE id = $1`, r.ID, plain(err.Error()))
				return err2
			})
			pause(ctx, backoff(failures))
		}
	}
}

// ended records the end of a task, or starts it again where that was asked for.
func (h *holding[TTx]) ended(ctx context.Context, r record, task partnercentral.Task) {
	o := &h.tasks.options
	status := StatusComplete
	if task.Status == partnercentral.TaskStatusFailed {
		status = StatusFailed
	}
	h.record(ctx, func(tx transaction[TTx]) error {
		if status == StatusFailed && task.ReasonCode.Transient() && r.Restarts < o.MaxRestarts {
			return h.again(ctx, tx, r, task)
		}
		return h.end(ctx, tx, r, status, task)
	})
}

func restartPause(restarts int) time.Duration {
	d := min(restartMax, restartMin<<min(restarts, 16))
	return d/2 + time.Duration(rand.Int64N(int64(d/2)))
}

// again queues the next task of the chain. A task that was adopted was not of
// the chain.
func (h *holding[TTx]) again(ctx context.Context, tx transaction[TTx], r record, failed partnercentral.Task) error {
	next := r.startToken
	if !failed.Adopted {
		next = partnercentral.NextClientToken(chainToken(r, failed))
	}
	_, err := tx.exec(ctx, `UPDATE {task} SET status = 'QUEUED', task = NULL, start_token = $3, epoch = 0, attempts = 0, restarts = restarts + 1,
		last_error = $4, started_at = NULL, due_at = {in $5} WHERE id = $1 AND start_token = $2 AND ended_at IS NULL`,
		r.ID, r.startToken, next, plain(failed.Err().Error()), restartPause(r.Restarts).Seconds())
	return err
}

// end records the end of a row and makes its job available, in one transaction.
func (h *holding[TTx]) end(ctx context.Context, tx transaction[TTx], r record, status Status, task partnercentral.Task) error {
	changed, err := tx.exec(ctx, `UPDATE {task} SET status = $3, task = $4, epoch = 0, ended_at = {now}, last_error = $5
		WHERE id = $1 AND start_token = $2 AND ended_at IS NULL`,
		r.ID, r.startToken, string(status), taskText(task), failureText(task))
	if err != nil || changed == 0 {
		return err
	}
	_, err = h.tasks.inserter.JobRetryTx(ctx, tx.tx, r.JobID)
	if errors.Is(err, rivertype.ErrNotFound) {
		return h.newEndJob(ctx, tx, r.ID, r.Kind, r.Object)
	}
	return err
}

// newEndJob gives an ended row another job.
func (h *holding[TTx]) newEndJob(ctx context.Context, tx transaction[TTx], row int64, kind partnercentral.TaskKind, object string) error {
	job, err := h.tasks.insertEndJob(ctx, tx.tx, row, kind, object, false)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE {task} SET job_id = $2 WHERE id = $1`, row, job)
	return err
}

// renewEndJobs gives another job to ended rows whose job is gone, was given up,
// or ran in a process that died. A job that a person has cancelled stays so.
func (h *holding[TTx]) renewEndJobs(ctx context.Context) error {
	late := h.tasks.options.OnEndTimeout + jobGrace
	return h.within(ctx, func(tx transaction[TTx]) error {
		var rows []record
		err := tx.each(ctx, `SELECT t.id, t.kind, t.object FROM {task} t LEFT JOIN {job} j ON j.id = t.job_id
			WHERE t.account = $1 AND t.ended_at < {in $2} AND t.handled_at IS NULL AND (j.id IS NULL OR j.state IN ('completed', 'discarded', 'pending')
			OR j.state = 'running' AND j.attempted_at < {in $3}) LIMIT 100`,
			[]any{h.lease.account, -jobGrace.Seconds(), -late.Seconds()}, func(scan func(...any) error) error {
				var r record
				var kind string
				err := scan(&r.ID, &kind, &r.Object)
				r.Kind = partnercentral.TaskKind(kind)
				rows = append(rows, r)
				return err
			})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := h.newEndJob(ctx, tx, r.ID, r.Kind, r.Object); err != nil {
				return err
			}
			h.tasks.options.Logger.InfoContext(ctx, "partnercentralriver: an end has another job", "row", r.ID)
		}
		return h.lease.fence(ctx, tx.one)
	})
}

// takeNudges passes nudges on to the waiter.
func (h *holding[TTx]) takeNudges(ctx context.Context) error {
	var tasks []partnercentral.Task
	err := h.within(ctx, func(tx transaction[TTx]) error {
		tasks = nil
		return tx.each(ctx, `DELETE FROM {nudge} WHERE account = $1 RETURNING task`, []any{h.lease.account}, func(scan func(...any) error) error {
			var text string
			var task partnercentral.Task
			if err := scan(&text); err != nil {
				return err
			}
			if json.Unmarshal([]byte(text), &task) == nil { // a nudge that cannot be read costs a poll's delay
				tasks = append(tasks, task)
			}
			return nil
		})
	})
	if err == nil {
		for _, task := range tasks {
			h.waiter.Nudge(task)
		}
	}
	return err
}

// taskText is a task as JSON.
func taskText(task partnercentral.Task) string {
	b, err := json.Marshal(task)
	if err != nil {
		return "{}" // every Task has a text; the decoder would refuse this one
	}
	// PostgreSQL's jsonb takes no zero bytes. An escaped backslash stays.
	return strings.NewReplacer(`\\`, `\\`, `\u0000`, `\ufffd`).Replace(string(b))
}

// plain is a text that both databases take.
func plain(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}
