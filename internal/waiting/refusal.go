package waiting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// confirmAfter is how long after a refusal the poll is made that has to be
// refused too before a wait ends. New keys and policies take seconds to reach
// all of AWS, and so does a front door that is restarted.
const confirmAfter = 5 * time.Second

// refusal is a refusal that no other poll has come after. The zero value is none.
type refusal struct {
	since  time.Time // when the poll was made
	caller bool      // it is about the caller
}

// again takes over that a poll made at a time was refused. It reports whether
// the refusal stands.
func (f *refusal) again(at time.Time) (stands bool) {
	if f.since.IsZero() {
		f.since = at
	}
	return at.Sub(f.since) >= confirmAfter
}

// due returns when the poll is to be made that confirms the refusal, or the zero
// time.
func (f *refusal) due() time.Time {
	if f.since.IsZero() {
		return time.Time{}
	}
	return f.since.Add(confirmAfter)
}

// refuseLane deals with a refusal that is not about single tasks.
func (r *round[T]) refuseLane(at time.Time, err error) {
	ln := r.ln
	stands := ln.refused.again(at)
	then := "asking again in " + confirmAfter.String()
	if stands {
		then = "for the second time"
	}
	r.e.out.warn(fmt.Sprintf("polls of %s tasks in %s are refused, %s: %v", ln.key.kind, ln.key.catalog, then, err))
	for _, w := range slices.Clone(ln.watched) {
		r.refuse(w, at, err, stands)
	}
}

// refuseTask deals with a refusal that is about one task.
func (r *round[T]) refuseTask(v Verdict, w *watch[T], at time.Time, err error) {
	if w.lane == nil {
		return
	}
	if w.refused.caller = v == Denied; w.refused.caller {
		if w.failures++; w.failures >= taskFailures {
			r.ln.poll.Set(w.ref, poll.PagesOnly)
		}
	}
	if !slices.Contains(r.ln.doubted, w) {
		r.ln.doubted = append(r.ln.doubted, w)
	}
	// Its neighbours must not suffer again.
	r.ln.poll.Set(w.ref, poll.Alone|poll.Held)
	r.refuse(w, at, err, w.refused.again(at))
}

// refuse ends the waits that a refusal ends: all of them if it stands, otherwise
// those that asked for one round.
func (r *round[T]) refuse(w *watch[T], at time.Time, err error, stands bool) {
	w.asked, w.lastErr = at, err
	w.polled()
	if !w.wanted.After(at) {
		r.ln.poll.Clear(w.ref, poll.Force)
	}
	for _, m := range slices.Backward(w.members) {
		if stands || m.sub.Once {
			r.e.finish(m, Refused, err)
		}
	}
}

// isDue reports whether it is time to confirm the refusal.
func (f *refusal) isDue(now time.Time) bool { return !f.since.IsZero() && !now.Before(f.due()) }

// confirm makes the round confirm what was refused, where it is time for that:
// tasks that were refused by themselves are asked for again in the same way,
// since what another poll shows of them does not say what that one would.
func (r *round[T]) confirm(ctx context.Context) error {
	now := time.Now()
	var tasks []*watch[T]
	r.e.locked(func() {
		for _, w := range r.ln.doubted {
			if w.lane != nil && w.refused.isDue(now) && len(tasks) < poll.DefaultCalls {
				tasks = append(tasks, w)
			}
		}
		r.confirms = len(tasks) > 0 || r.ln.refused.isDue(now)
	})
	for _, w := range tasks {
		by := poll.IDs
		if w.id == "" {
			by = poll.Objects
		}
		if _, err := r.ask(ctx, by, []*watch[T]{w}); err != nil {
			return err
		}
	}
	return nil
}

// confirmations makes the next round come when a refusal is to be confirmed. A
// list that refused is left alone until then.
func (e *Engine[T]) confirmations(ln *lane[T], forced bool) {
	if due := ln.refused.due(); !due.IsZero() && !forced {
		ln.next = due
		ln.poll.Set(ln.watched[0].ref, poll.Force)
	}
	ln.doubted = slices.DeleteFunc(ln.doubted, func(w *watch[T]) bool { return w.lane == nil || w.refused.since.IsZero() })
	for _, w := range ln.doubted {
		if due := later(w.refused.due(), ln.began.Add(e.shortest())); due.Before(ln.next) {
			ln.next = due
		}
	}
}
