package partnercentralriver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/cosell-dev/partnercentral-go"
)

const (
	// How much slower than asked for Starts are sent, since networks and clocks
	// vary: without it some of them meet the quota.
	gapMargin = 1.02

	// Throttling widens the gap by gapWiden, up to maxGaps times, and each
	// Start that is not throttled narrows it by gapEase: one Start in ten may be
	// throttled for the gap to stay as it is.
	gapWiden = 1.05
	gapEase  = 0.995
	maxGaps  = 10

	// How long the answer to a Start may take, repeats of faults included, and
	// how much later the call is given up of a client that does not mind its
	// context.
	startTimeout = 30 * time.Second
	startGrace   = time.Second

	// A row is claimed that long before its turn, so that the time that the
	// transaction takes changes nothing about the pace.
	claimLead = 100 * time.Millisecond

	// When to ask again for a turn that comes in a moment.
	tooEarly = 10 * time.Millisecond

	// Starts whose calls go on at once, those that were given up included.
	maxStarting = 64
)

func (t *Tasks[TTx]) baseGap() time.Duration {
	return time.Duration(gapMargin / t.options.StartsPerSecond * float64(time.Second))
}

// turnsEnd is from when on no turn can be: a later one was written before the
// clock of the database was set back.
func (h *holding[TTx]) turnsEnd() time.Duration { return 3 * maxGaps * h.tasks.baseGap() }

// startNext starts the task that is due, if there is one and the pace allows
// it, and returns when to ask again.
func (h *holding[TTx]) startNext(ctx context.Context) (time.Duration, error) {
	h.mu.Lock()
	starting := h.starting
	h.mu.Unlock()
	if starting >= maxStarting {
		return idleEvery, nil
	}
	h.adapt()
	lead := min(claimLead, h.lease.gap/2)
	sendAt := h.nextSend(lead)
	r, input, next, err := h.claim(ctx, lead, time.Until(sendAt))
	if err != nil && r.ID != 0 && ctx.Err() == nil {
		h.putAside(ctx, r.ID, err)
	}
	if err != nil || input == nil {
		return next, err
	}
	delete(h.aside, r.ID)
	if now := time.Now(); sendAt.Before(now) {
		sendAt = now
	}
	h.mu.Lock()
	h.starting++
	h.sent = sendAt
	h.mu.Unlock()
	h.calls.Add(1)
	h.wg.Go(func() {
		defer h.calls.Done()
		pause(ctx, time.Until(sendAt))
		h.mu.Lock()
		if now := time.Now(); h.sent.Before(now) {
			h.sent = now
		}
		h.mu.Unlock()
		h.start(ctx, r, input)
	})
	return time.Until(sendAt) + h.lease.gap - lead, nil
}

// nextSend returns when the next Start may be sent: a gap after the last. Of the
// first in a holding only the lease knows, and claim asks it.
func (h *holding[TTx]) nextSend(lead time.Duration) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.sent.IsZero() {
		return now.Add(lead)
	}
	if at := h.sent.Add(h.lease.gap); at.After(now) {
		return at
	}
	return now
}

// setAside is until when a row is not claimed, and how often that was so.
type setAside struct {
	until time.Time
	times int
}

// putAside leaves a row alone for a while that the database does not let be
// changed, for a constraint or a trigger of somebody's: others may be started.
func (h *holding[TTx]) putAside(ctx context.Context, row int64, problem error) {
	times := h.aside[row].times + 1
	h.aside[row] = setAside{time.Now().Add(backoff(times)), times}
	h.tasks.noteError(ctx, row, &RowError{row, fmt.Errorf("it cannot be marked as STARTING: %w", problem)})
}

// notAside is the condition of the rows that are not set aside.
func (h *holding[TTx]) notAside() string {
	var ids []string
	for id, aside := range h.aside {
		if time.Now().Before(aside.until) {
			ids = append(ids, strconv.FormatInt(id, 10))
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return " AND id NOT IN (" + strings.Join(ids, ", ") + ")"
}

// claim marks the next row as STARTING and takes the turn of its Start in one
// transaction, so that a turn is never taken without a row. The turn may be lead
// away, and the Start is sent after the time given by sendIn. input is nil if
// there is nothing to start now.
func (h *holding[TTx]) claim(ctx context.Context, lead, sendIn time.Duration) (r record, input partnercentral.StartTaskInput, next time.Duration, err error) {
	err = h.within(ctx, func(tx transaction[TTx]) error {
		r, input, next = record{}, nil, idleEvery
		found := false
		err := tx.each(ctx, `SELECT `+rowColumns+` FROM {task} WHERE account = $1 AND status IN ('QUEUED', 'STARTING') AND due_at <= {now} AND epoch <> $2`+h.notAside()+`
			ORDER BY due_at, id LIMIT 1 {free}`, []any{h.lease.account, h.lease.epoch}, func(scan func(...any) error) (err error) {
			found = true
			r, err = scanRecord(scan)
			return err
		})
		if err != nil || !found {
			return err
		}
		next = tooEarly
		in, problem := r.decode()
		if problem == nil {
			if problem = lacks(h.tasks.client, r.Kind); problem != nil {
				problem = &RowError{r.ID, problem}
			}
		}
		if problem != nil {
			// No turn is taken: others may be started.
			_, err := tx.exec(ctx, `UPDATE {task} SET last_error = $2, due_at = {in $3} WHERE id = $1`, r.ID, plain(problem.Error()), retryMax.Seconds())
			return err
		}
		taken, err := tx.exec(ctx, `UPDATE {lease} SET next_write_at = {in $4}, gap_ms = $5
			WHERE account = $1 AND holder = $2 AND epoch = $3
			AND (next_write_at <= {in $6} OR next_write_at > {in $7})`,
			h.lease.account, h.lease.holder, h.lease.epoch, (sendIn + h.lease.gap).Seconds(), milliseconds(h.lease.gap), lead.Seconds(), h.turnsEnd().Seconds())
		if err != nil || taken == 0 {
			return err // too early, or lost, which the heartbeat will see
		}
		r.Status, r.epoch = StatusStarting, h.lease.epoch
		r.Attempts++
		if _, err := tx.exec(ctx, `UPDATE {task} SET status = 'STARTING', epoch = $2, attempts = $3 WHERE id = $1`, r.ID, r.epoch, r.Attempts); err != nil {
			return err
		}
		input = in
		return nil
	})
	if err != nil {
		input = nil
	}
	return r, input, next, err
}

// adapt changes the gap by what happened to the Starts since the last claim.
func (h *holding[TTx]) adapt() {
	h.mu.Lock()
	defer h.mu.Unlock()
	base := h.tasks.baseGap()
	switch gap := float64(h.lease.gap); {
	case h.throttled:
		h.lease.gap = min(time.Duration(gap*gapWiden), maxGaps*base)
	case h.eased:
		h.lease.gap = max(time.Duration(gap*gapEase), base)
	}
	h.throttled, h.eased = false, false
}

// answer is what came of a Start.
type answer struct {
	task partnercentral.Task
	err  error
}

// send sends the Start of a claimed row. The call has a goroutine of its own,
// since a client may end it, as a mock does that calls t.FailNow, or never
// return: what came of the Start is unknown then.
func (h *holding[TTx]) send(ctx context.Context, input partnercentral.StartTaskInput) (partnercentral.Task, error) {
	unknown := func(problem string) answer {
		return answer{err: &partnercentral.RunError{State: partnercentral.RunMaybeStarted, Task: input.Task(), Err: errors.New(problem)}}
	}
	limited, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	answered := make(chan answer, 1)
	go func() {
		a := unknown("the client has ended its goroutine (runtime.Goexit), as t.FailNow does")
		defer func() {
			if p := recover(); p != nil {
				a = unknown(fmt.Sprint("the client panicked: ", p))
			}
			h.mu.Lock()
			h.starting--
			h.mu.Unlock()
			answered <- a
		}()
		task, err := h.runner.Start(limited, input, func(o *partnercentral.RunnerOptions) {
			o.RetryFailed = h.tasks.options.RetryFailed
			if input.Task().Kind != partnercentral.TaskKindOpportunityFromEngagement {
				o.Adopt = h.tasks.options.Adopt
			}
		})
		a = answer{task, err}
	}()
	deaf := time.NewTimer(startTimeout + startGrace)
	defer deaf.Stop()
	a := answer{}
	select {
	case a = <-answered:
	case <-deaf.C:
		a = unknown("the client has not returned in " + startTimeout.String() + ", although its context has ended: let its calls mind their context")
	case <-ctx.Done():
		a.err = context.Cause(ctx)
	}
	return a.task, a.err
}

// start sends the Start of a claimed row and records what came of it.
func (h *holding[TTx]) start(ctx context.Context, r record, input partnercentral.StartTaskInput) {
	task, err := h.send(ctx, input)
	if ctx.Err() != nil {
		// The next holder repeats it with its token, whatever came of it.
		return
	}
	throttled := isThrottled(err)
	h.mu.Lock()
	if throttled {
		h.throttled = true
	} else {
		h.eased = true
	}
	h.mu.Unlock()
	switch {
	case err == nil && task.Done():
		h.ended(ctx, r, task)
	case err == nil:
		h.started(ctx, r, task)
	case throttled:
		h.repeat(ctx, r, err, 0)
	case h.notFoundYet(r, err):
		h.repeat(ctx, r, err, backoff(r.Attempts))
	case isRefused(err):
		h.refused(ctx, r, input, err)
	default:
		h.repeat(ctx, r, err, backoff(r.Attempts))
	}
}

// started records that the service has the task, and follows it.
func (h *holding[TTx]) started(ctx context.Context, r record, task partnercentral.Task) {
	changed, token := false, chainToken(r, task)
	written := h.record(ctx, func(tx transaction[TTx]) error {
		n, err := tx.exec(ctx, `UPDATE {task} SET status = 'IN_PROGRESS', task = $3, start_token = $4, epoch = 0, last_error = NULL, started_at = {now}
			WHERE id = $1 AND epoch = $2`, r.ID, r.epoch, taskText(task), token)
		changed = n == 1
		return err
	})
	if written && changed {
		r.startToken = token
		h.follow(ctx, r, task)
	}
}

// chainToken returns the token that the task of a row was started with: with
// RetryFailed the Runner may have gone on in the chain.
func chainToken(r record, task partnercentral.Task) string {
	if task.Adopted || task.ClientToken == "" {
		return r.startToken
	}
	return task.ClientToken
}

// repeat records why a Start was not answered well, and when it is repeated,
// with its token.
func (h *holding[TTx]) repeat(ctx context.Context, r record, problem error, after time.Duration) {
	status := StatusQueued
	var runErr *partnercentral.RunError
	if errors.As(problem, &runErr) && runErr.State != partnercentral.RunNotStarted {
		status = StatusStarting
	}
	h.record(ctx, func(tx transaction[TTx]) error {
		_, err := tx.exec(ctx, `UPDATE {task} SET status = $3, epoch = 0, last_error = $4, due_at = {in $5} WHERE id = $1 AND epoch = $2`,
			r.ID, r.epoch, string(status), plain(problem.Error()), after.Seconds())
		return err
	})
}

// refused records the end of a row whose Start was refused for its input.
func (h *holding[TTx]) refused(ctx context.Context, r record, input partnercentral.StartTaskInput, problem error) {
	task := input.Task()
	task.Status = partnercentral.TaskStatusFailed
	task.Message = problem.Error()
	h.record(ctx, func(tx transaction[TTx]) error {
		return h.end(ctx, tx, r, StatusRefused, task)
	})
}

// notFoundYet reports whether the object of a Start may still appear.
func (h *holding[TTx]) notFoundYet(r record, err error) bool {
	var missing *partnercentral.ResourceNotFoundException
	return errors.As(err, &missing) && r.age < h.tasks.options.StartNotFoundGrace
}

func isThrottled(err error) bool {
	var throttled *partnercentral.ThrottlingException
	return errors.As(err, &throttled)
}

// isRefused reports whether a Start was refused for what it asks for, so that
// repeating it does not help. Everything else may pass, or be put right:
// credentials, permissions, quotas, networks.
func isRefused(err error) bool {
	var runErr *partnercentral.RunError
	if !errors.As(err, &runErr) || runErr.State != partnercentral.RunNotStarted {
		return false
	}
	var (
		invalid  smithy.InvalidParamsError
		invalidP *smithy.InvalidParamsError
		rule     *partnercentral.ValidationException
		conflict *partnercentral.ConflictException
		missing  *partnercentral.ResourceNotFoundException
	)
	return errors.As(err, &invalid) || errors.As(err, &invalidP) || errors.As(err, &rule) || errors.As(err, &conflict) || errors.As(err, &missing)
}
