package waiting

import (
	"context"
	"errors"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

const (
	// maxFollow is how many pages of an answer by id are read. Ten ids fit on one;
	// the service has been seen to announce another that is empty. Objects may
	// have more tasks.
	maxFollow        = 5
	maxFollowObjects = 50
)

// errStop ends a round early.
var errStop = errors.New("the round ends")

// round is the polls that are made together on one lane.
type round[T any] struct {
	e    *Engine[T]
	ln   *lane[T]
	plan *poll.Round

	token  string // of the next page
	failed bool   // a poll failed and may succeed later
	polls  int

	answered int         // polls
	failures int         // polls, without those that were refused
	bad      []*watch[T] // asked for alone, and the poll failed

	callers  int  // that waited when the round began
	confirms bool // the next poll may confirm a refusal
}

func (r *round[T]) run(ctx context.Context, cancel context.CancelFunc) {
	defer cancel()
	ctx, end := r.e.instruments.span(ctx, r.ln.key, r.callers)
	err := r.confirm(ctx)
	for err == nil && ctx.Err() == nil {
		var step poll.Step
		var asked []*watch[T]
		r.e.locked(func() {
			step = r.plan.Next()
			asked = r.ln.asks(step.Asks)
		})
		switch step.Kind {
		case poll.Page:
			err = r.page(ctx)
		case poll.IDs, poll.Objects:
			_, err = r.batch(ctx, step.Kind, asked)
		default:
			err = errStop
		}
	}
	polls := 0
	r.e.locked(func() { polls = r.polls; r.settle() })
	end(polls, r.failed)
	r.e.end(r.ln, r.failed)
}

// answer is what came of one poll.
type answer[T any] struct {
	Page[T]
	info Poll
	page bool // it asked for a page of all tasks
}

// poll makes one poll when the budget allows it.
func (r *round[T]) poll(ctx context.Context, asked int, q Query[T]) (*answer[T], error) {
	turn := r.ln.turns.lists
	if len(q.IDs) == 1 {
		turn = r.ln.turns.gets
	}
	r.e.locked(func() { r.ln.queued++ })
	err := turn.Wait(ctx)
	r.e.locked(func() { r.ln.queued-- })
	if err != nil {
		return nil, errStop
	}
	a := &answer[T]{info: Poll{Kind: r.ln.key.kind, Catalog: r.ln.key.catalog, Asked: asked, Time: time.Now()}}
	a.page = q.IDs == nil && q.Objects == nil
	q.Catalog = r.ln.key.catalog
	q.Awaited = r.awaited
	q.Fresh, r.confirms = r.confirms, false
	a.Page, a.info.Err = r.call(ctx, q)
	if ctx.Err() != nil {
		// Nobody waits any more.
		return nil, errStop
	}
	a.info.Duration, a.info.Listed = time.Since(a.info.Time), len(a.Tasks)
	if a.info.Err == nil && a.HasClock {
		r.e.locked(func() { r.ln.poll.Skew(a.Ahead) })
	}
	return a, nil
}

// awaited reports whether anybody waits for a listed task.
func (r *round[T]) awaited(t *T) (yes bool) {
	r.e.locked(func() {
		yes = r.ln.byID[r.ln.kind.ID(t)] != nil
		for _, w := range r.ln.noID {
			if w.object == r.ln.kind.Object(t) {
				yes = yes || r.ln.fits(r.ln.sought(w, func(yield func(*T) bool) { yield(t) }), t) != unfit
			}
		}
	})
	return yes
}

// page gets the next page of the list.
func (r *round[T]) page(ctx context.Context) error {
	a, err := r.poll(ctx, 0, Query[T]{Size: r.ln.kind.Limits.Page, Token: r.token})
	if err != nil {
		return err
	}
	r.e.locked(func() {
		if a.info.Err != nil {
			err = r.pageFailed(a)
			return
		}
		starts := make([]time.Time, len(a.Tasks))
		var seen []sighting[T]
		for row := range a.Tasks {
			t := &a.Tasks[row]
			starts[row] = r.ln.kind.Start(t)
			if w := r.ln.byID[r.ln.kind.ID(t)]; w != nil {
				seen = append(seen, sighting[T]{w, t, row})
			}
		}
		seen = append(seen, r.ln.resolve(r.onPage(a), a.Tasks)...)
		r.record(a, seen)
		r.deliver(a, seen)
		more := a.Next != "" && a.Next != r.token
		r.token = a.Next
		r.plan.PageDone(starts, more)
	})
	return err
}

// onPage returns the tasks without an id that a page can tell: those of which it
// has all tasks of the object that come into question. Without a time the newest
// is sought, which is known when all are.
func (r *round[T]) onPage(a *answer[T]) []*watch[T] {
	if r.token == "" && a.Next == "" || !r.ln.poll.AsksByObject(time.Now()) {
		return r.ln.noID
	}
	if r.token != "" || len(a.Tasks) == 0 {
		return nil
	}
	from := r.ln.kind.Start(&a.Tasks[len(a.Tasks)-1])
	var covered []*watch[T]
	for _, w := range r.ln.noID {
		sought := r.ln.sought(w, func(func(*T) bool) {})
		if !sought.start.IsZero() && from.Before(sought.start.Add(-earlierMargin)) {
			covered = append(covered, w)
		}
	}
	return covered
}

// batch asks for tasks by id or object, and finds out which of them is to blame
// when the poll fails: half of them at a time. It reports whether all parts were
// answered.
func (r *round[T]) batch(ctx context.Context, by poll.StepKind, group []*watch[T]) (answered bool, err error) {
	half := len(group) / 2
	probes := half > 0 && r.probes()
	if probes {
		half = 1
	} else if what, err := r.ask(ctx, by, group); err != nil || what != divided {
		return what == accepted, err
	}
	first, err := r.batch(ctx, by, group[:half])
	if err != nil {
		return false, err
	}
	second, err := r.batch(ctx, by, group[half:])
	if first && second && err == nil && !probes {
		r.e.locked(func() { r.plan.TooMany(len(group)) })
	}
	return first && second, err
}

// probes reports whether a single task is asked for first, since nothing has been
// answered for some rounds: calls for several may be what fails.
func (r *round[T]) probes() (yes bool) {
	r.e.locked(func() { yes = r.answered == 0 && r.ln.down() })
	return yes
}

// asked is what came of asking for a group of tasks.
type asked int

const (
	accepted asked = iota
	failed
	divided // one of several tasks may be to blame: its parts are to be asked for
)

// ask makes the poll for a group of tasks, and follows its pages until all of
// them were seen.
func (r *round[T]) ask(ctx context.Context, by poll.StepKind, group []*watch[T]) (what asked, err error) {
	asked, q := r.query(by, group)
	if len(asked) == 0 {
		return accepted, nil
	}
	var found []T
	var last Poll
	follow := maxFollow
	if by == poll.Objects {
		follow = maxFollowObjects
	}
	for n := range follow {
		a, err := r.poll(ctx, len(asked), q)
		if err != nil {
			return failed, err
		}
		more := false
		r.e.locked(func() {
			last = a.info
			if a.info.Err != nil {
				what, err = r.askFailed(a, by, asked)
				return
			}
			more = a.Next != "" && a.Next != q.Token && n < follow-1
			q.Token = a.Next
			if !more {
				// The form works when all of an answer can be read.
				r.plan.Answered(by)
			}
			seen, left := r.match(by, asked, a.Tasks, &found, more)
			r.record(a, seen)
			r.deliver(a, seen)
			asked, more = left, more && len(left) > 0
		})
		if a.info.Err != nil {
			return what, err
		}
		if !more {
			break
		}
	}
	r.e.locked(func() { r.missed(last.Time, asked, nil) })
	return accepted, nil
}

// asks returns the watched tasks that a step is for.
func (ln *lane[T]) asks(asks []int32) (asked []*watch[T]) {
	for _, ask := range asks {
		if ref, ok := ln.poll.Ref(ask); ok {
			asked = append(asked, ln.byRef[ref])
		}
	}
	return asked
}

// query is the request for a group, and whom it is for.
func (r *round[T]) query(by poll.StepKind, group []*watch[T]) (asked []*watch[T], q Query[T]) {
	names := map[string]bool{}
	r.e.locked(func() {
		for _, w := range group {
			if w.lane == nil {
				continue
			}
			asked = append(asked, w)
			if by == poll.IDs {
				names[w.id] = true
			} else {
				names[w.object] = true
			}
		}
	})
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	if by == poll.IDs {
		q.IDs = list
	} else {
		q.Objects = list
		q.Size = r.ln.kind.Limits.Page
	}
	return asked, q
}

// match finds the tasks of an answer that are awaited, by anybody, and says
// which of those asked for it did not have.
func (r *round[T]) match(by poll.StepKind, asked []*watch[T], tasks []T, found *[]T, more bool) (seen []sighting[T], left []*watch[T]) {
	hit := map[*watch[T]]bool{}
	for i := range tasks {
		if w := r.ln.byID[r.ln.kind.ID(&tasks[i])]; w != nil {
			seen = append(seen, sighting[T]{w, &tasks[i], -1})
			hit[w] = true
		}
	}
	if by == poll.Objects {
		*found = append(*found, tasks...)
	}
	if by == poll.Objects && !more {
		// Which of an object's tasks it is can be told when all are known.
		resolved := r.ln.resolve(r.ln.noID, *found)
		for i := range resolved {
			resolved[i].row = -1
			hit[resolved[i].w] = true
		}
		seen = append(seen, resolved...)
	}
	for _, w := range asked {
		if w.lane != nil && !hit[w] {
			left = append(left, w)
		}
	}
	return seen, left
}
