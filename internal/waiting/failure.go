package waiting

import (
	"errors"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/outcall"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

const (
	// maxFailures is how many polls of a round may fail when none is answered. It
	// is enough to find one bad task among ten.
	maxFailures = 8

	// maxFailuresDown is the same when nothing was answered in the rounds before
	// either: the service is down.
	maxFailuresDown = 1

	// taskFailures is how many rounds running asking for one task may fail in
	// before pages are to show it.
	taskFailures = 2
)

// pageFailed deals with the error of a poll for a page. The other error ends the
// round.
func (r *round[T]) pageFailed(a *answer[T]) error {
	switch r.record(a, nil) {
	case Throttled:
		return r.throttled(a, slices.Clone(r.ln.watched))
	case Denied:
		r.plan.Denied(poll.Page)
		r.refuseLane(a.info.Time, a.info.Err)
		return errStop
	case Passes:
		r.plan.Failed(poll.Page)
		for _, w := range r.ln.watched {
			// For those that are not asked for in this round either.
			w.asked, w.lastErr = a.info.Time, a.info.Err
			w.polled()
		}
		return r.failure(a)
	default:
		// The page is refused, not the tasks: ids will tell.
		r.plan.PageRefused()
		return nil
	}
}

// askFailed deals with the error of a poll that asked for certain tasks. The
// other error ends the round.
func (r *round[T]) askFailed(a *answer[T], by poll.StepKind, tasks []*watch[T]) (what asked, stop error) {
	several := len(tasks) > 1
	switch v := r.record(a, nil); {
	case v == Throttled:
		return failed, r.throttled(a, tasks)
	case v == Passes:
		return r.askBroke(a, by, tasks)
	case several && (v == BadTask || v == NoTask):
		r.plan.Answered(by)
		return divided, nil
	case several:
		if v == Denied {
			r.plan.Denied(by)
		}
		r.refuseLane(a.info.Time, a.info.Err)
		return failed, errStop
	default:
		// A caller may be allowed to read some tasks and not others.
		r.refuseOne(v, a.info.Time, tasks[0], a.info.Err)
		return failed, nil
	}
}

// askBroke deals with an error that may pass. One of several tasks may be to
// blame, as long as there is no sign that the service is down.
func (r *round[T]) askBroke(a *answer[T], by poll.StepKind, tasks []*watch[T]) (what asked, stop error) {
	r.plan.Failed(by)
	stop = r.failure(a)
	one := len(tasks) == 1
	if stop == nil && !one && (r.answered > 0 || len(r.bad) == 0 && !r.ln.down()) {
		return divided, nil
	}
	if one {
		r.bad = append(r.bad, tasks[0])
	}
	for _, w := range tasks {
		if w.lane != nil {
			r.failOne(w, a.info.Time, a.info.Err)
		}
	}
	return failed, stop
}

// failure counts a poll that failed. Its error ends the round.
func (r *round[T]) failure(a *answer[T]) error {
	r.failed = true
	r.failures++
	most := maxFailures
	if r.ln.down() {
		most = maxFailuresDown
	}
	if errors.Is(a.info.Err, outcall.ErrHung) || r.answered == 0 && r.failures >= most {
		return r.cut()
	}
	return nil
}

// cut returns the error that ends a round before its time.
func (r *round[T]) cut() error {
	if r.answered > 0 {
		r.plan.Cut()
	}
	return errStop
}

// down reports whether the service has not answered for some rounds. Now and
// then a round is made as if it had: asking for all tasks may be what fails.
func (ln *lane[T]) down() bool { return ln.failures > 1 && ln.failures%4 != 0 }

// settle takes over what the whole round has shown of its failures.
func (r *round[T]) settle() {
	switch {
	case r.answered > 0:
		r.ln.failures = 0
		for _, w := range r.bad {
			r.isBad(w)
		}
	case r.failures > 0:
		r.ln.failures++
		for _, w := range slices.Backward(r.ln.watched) {
			if w.lastErr != nil {
				r.e.finishOnce(w, PollFailed, w.lastErr)
			}
		}
	}
}

// isBad takes over that polls for a task fail while others are answered.
func (r *round[T]) isBad(w *watch[T]) {
	if w.lane == nil {
		return
	}
	// Its neighbours must not suffer again, nor must it be asked for again before
	// a running task would be.
	flags := poll.Alone
	if w.failures++; w.failures >= taskFailures {
		flags |= poll.PagesOnly
	}
	r.ln.poll.Set(w.ref, flags)
	r.ln.poll.Asked(w.asked, w.ref)
}

// endPlan ends the planner's part of a round, and warns of a form of asking that
// was given up.
func (e *Engine[T]) endPlan(ln *lane[T], now time.Time) {
	pages, ids := ln.poll.UsesPages(ln.began), ln.poll.AsksByID(ln.began)
	ln.poll.End(now)
	if !ln.refused.since.IsZero() {
		// The other form is used once, to confirm that.
		return
	}
	tasks := ln.key.kind + " tasks in " + ln.key.catalog
	if pages && !ln.poll.UsesPages(now) {
		e.out.warn("pages of " + tasks + " cannot be used for now: they fail, are refused or not sorted by start; asking by id")
	}
	if ids && !ln.poll.AsksByID(now) {
		e.out.warn("asking for " + tasks + " by id fails; using pages for now")
	}
}

// throttled ends a round for which the quota of the account is used up.
func (r *round[T]) throttled(a *answer[T], tasks []*watch[T]) error {
	r.failed = true
	for _, w := range tasks {
		if w.lane != nil {
			r.failOne(w, a.info.Time, a.info.Err)
		}
	}
	return r.cut()
}

// failOne says that a poll for a task has failed and may succeed later.
func (r *round[T]) failOne(w *watch[T], at time.Time, err error) {
	w.asked, w.lastErr, w.refused = at, err, refusal{}
	r.ln.poll.Clear(w.ref, poll.Held)
	w.polled()
	r.e.finishOnce(w, PollFailed, err)
}

// finishOnce ends the waits for a watched task that asked for one round.
func (e *Engine[T]) finishOnce(w *watch[T], cause Cause, err error) {
	for _, m := range slices.Backward(w.members) {
		if m.sub.Once {
			e.finish(m, cause, err)
		}
	}
}
