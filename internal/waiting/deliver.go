package waiting

import (
	"fmt"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// maxMisses is how many polls running may not show a task that they asked for
// before a page is tried: it may lag less.
const maxMisses = 4

// sighting is a watched task in an answer. row is its place on a page, or -1.
type sighting[T any] struct {
	w    *watch[T]
	task *T
	row  int
}

// deliver takes over what an answer says of watched tasks.
func (r *round[T]) deliver(a *answer[T], seen []sighting[T]) {
	told := map[string]string{} // statuses of this answer that callbacks were told, by id
	for _, s := range seen {
		if s.w.lane == nil {
			continue
		}
		_, state := r.ln.kind.Status(s.task)
		r.ln.poll.Saw(a.info.Time, s.w.ref, s.row, state.ended())
		if err := a.Errs[r.ln.kind.ID(s.task)]; err != nil && state != Running {
			r.incomplete(a, r.identify(s.w, s.task), err)
			continue
		}
		r.show(a.info.Time, s, told)
	}
}

// show gives a task to all that wait for it.
func (r *round[T]) show(at time.Time, s sighting[T], told map[string]string) {
	e, w := r.e, s.w
	if w.wanted.After(at) {
		// Asked for after the poll was made, so the poll is no answer.
		r.ln.poll.Set(w.ref, poll.Force)
	}
	w.asked, w.lastErr, w.misses = at, nil, 0
	if s.row < 0 {
		// A page says nothing of how asking for the task itself fares.
		r.ln.poll.Clear(w.ref, poll.Alone|poll.Held|poll.PagesOnly)
		w.refused, w.failures = refusal{}, 0
	} else if w.refused.caller {
		// But the caller is not refused.
		r.ln.poll.Clear(w.ref, poll.Held)
		w.refused = refusal{}
	}
	id := r.ln.kind.ID(s.task)
	status, state := r.ln.kind.Status(s.task)
	news := w.status != status && told[id] != status
	for _, m := range slices.Backward(w.members) {
		before := m.task
		m.task = r.ln.kind.Merge(before, s.task)
		m.polls++
		m.sight = Seen
		m.missing = time.Time{}
		was, _ := r.ln.kind.Status(&before)
		now, _ := r.ln.kind.Status(&m.task)
		changed := was != now
		if changed && news {
			news = false
			told[id] = status
			e.tellChange(e.base, e.config.OnChange, m.task)
		}
		if changed {
			e.tellChange(m.sub.queue, m.sub.OnChange, m.task)
		}
		if end := r.finishShown(m, state); end != nil && changed {
			end.before = &before
		}
	}
	w.status = status
	if w.lane != nil {
		r.identify(w, s.task)
	}
}

// finishShown ends a wait if the state that was shown does, and returns the
// result if so.
func (r *round[T]) finishShown(m *member[T], state State) *result[T] {
	switch {
	case state.ended():
		return r.e.finish(m, Ended, nil)
	case state == Unknown:
		return r.e.finish(m, UnknownStatus, nil)
	case m.sub.Once:
		return r.e.finish(m, Polled, nil)
	}
	return nil
}

func (e *Engine[T]) tellChange(q *queue, onChange func(T), task T) {
	if q != nil && onChange != nil {
		q.push(false, func() { onChange(task) })
	}
}

// tellPoll tells all callbacks that are concerned of a poll.
func (r *round[T]) tellPoll(info Poll) {
	if onPoll := r.e.config.OnPoll; onPoll != nil {
		r.e.base.push(true, func() { onPoll(info) })
	}
	for sub := range r.ln.own {
		sub.queue.push(true, func() { sub.OnPoll(info) })
	}
}

// identify gives a watched task the id that an answer has for it. If another one
// is watched by that id the two become one, which is returned.
func (r *round[T]) identify(w *watch[T], t *T) *watch[T] {
	ln := r.ln
	ln.poll.Located(time.Now(), w.ref, ln.kind.Start(t))
	id := ln.kind.ID(t)
	if id == "" || w.id != "" {
		return w
	}
	if other := ln.byID[id]; other != nil {
		members := w.members
		w.members = nil
		ln.unwatch(w)
		for _, m := range members {
			other.join(m)
		}
		return other
	}
	ln.forgetNoID(w)
	w.id = id
	ln.byID[id] = w
	ln.poll.Clear(w.ref, poll.ByObject)
	return w
}

// missed takes over that a poll, made at a time, did not show tasks that it
// asked for; err is what the service said to that, or nil.
func (r *round[T]) missed(at time.Time, asked []*watch[T], err error) {
	now := time.Now()
	for _, w := range asked {
		if w.lane == nil {
			continue
		}
		r.ln.poll.Asked(at, w.ref)
		r.ln.poll.Clear(w.ref, poll.Held|poll.PagesOnly)
		w.failures = 0
		w.asked, w.lastErr, w.refused = at, err, refusal{}
		if w.misses++; w.misses%maxMisses == 0 {
			r.ln.poll.Set(w.ref, poll.PagesOnly)
		}
		for _, m := range slices.Backward(w.members) {
			m.polls++
			m.sight = max(m.sight, Absent)
			if err == nil && !m.sub.Once && r.ln.kind.known(&m.task) {
				m.missing = time.Time{}
				continue
			}
			if m.missing.IsZero() {
				m.missing = now
			}
			if now.Sub(m.missing) >= m.sub.Grace && (m.sub.Once || m.polls > 1) {
				r.e.finish(m, NotFound, err)
			}
		}
	}
}

// known reports whether it is certain that the task exists, since the service
// has told its id with more of it.
func (k *Kind[T]) known(t *T) bool {
	status, _ := k.Status(t)
	return k.ID(t) != "" && (status != "" || !k.Start(t).IsZero())
}

// record counts a poll, tells callbacks, sets the pace, and judges an error.
func (r *round[T]) record(a *answer[T], seen []sighting[T]) Verdict {
	e := r.e
	r.counted(1)
	for i := range seen {
		if _, state := r.ln.kind.Status(seen[i].task); state.ended() {
			a.info.Ended++
		}
	}
	r.tellPoll(a.info)
	if a.info.Err != nil {
		v := r.judge(a.info.Err)
		if v == Passes || v == Throttled {
			r.ln.refused = refusal{}
		} else {
			r.ln.heard = time.Now()
		}
		return v
	}
	if a.page {
		e.stats.Pages++
	}
	r.answered++
	r.ln.heard = time.Now()
	r.ln.refused = refusal{}
	e.pace = max(1, e.pace*0.8)
	return Passes
}

// counted counts polls that were made.
func (r *round[T]) counted(polls int) {
	r.polls += polls
	r.e.stats.Polls += int64(polls)
	r.e.out.count(r.ln.key.kind, counts{polls: int64(polls)})
}

// judge classifies an error, counts it and slows the rounds down.
func (r *round[T]) judge(err error) Verdict {
	e := r.e
	e.stats.FailedPolls++
	v := e.config.Judge(err)
	switch v {
	case Throttled:
		e.stats.Throttled++
		e.pace = min(maxPace, e.pace*1.4)
		e.out.warn(fmt.Sprintf("a poll was throttled; polling every %s at most", e.shortest()))
	case Passes:
		e.pace = min(maxPace, e.pace*1.2)
	}
	return v
}

// refuseOne deals with an error that is about one task.
func (r *round[T]) refuseOne(v Verdict, at time.Time, w *watch[T], err error) {
	switch {
	case w.lane == nil:
	case v == NoTask:
		// As good as not listed; its neighbours must not suffer again.
		r.ln.poll.Set(w.ref, poll.Alone)
		r.missed(at, []*watch[T]{w}, err)
	default:
		r.refuseTask(v, w, at, err)
	}
}

// incomplete deals with what kept the list function from getting the results of
// a task that is listed as ended.
func (r *round[T]) incomplete(a *answer[T], w *watch[T], err error) {
	switch v := r.judge(err); v {
	case Passes, Throttled:
		r.failed = true
		r.failOne(w, a.info.Time, err)
	default:
		r.refuseOne(v, a.info.Time, w, err)
	}
}

func (w *watch[T]) polled() {
	for _, m := range w.members {
		m.polls++
	}
}
