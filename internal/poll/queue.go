package poll

import (
	"cmp"
	"slices"
	"time"
)

// dequeue returns the next call that was planned for certain tasks, if any.
func (l *Round) dequeue() (s Step, ok bool) {
	for len(l.queue) > 0 {
		s, l.queue = l.queue[0], l.queue[1:]
		// Answers may show more than was asked for.
		s.Asks = slices.DeleteFunc(s.Asks, func(i int32) bool { return l.asks[i].seen })
		if len(s.Asks) > 0 {
			return s, true
		}
	}
	return Step{Kind: Done}, false
}

// enqueue makes the calls by id and object for what is due and was not seen.
func (l *Round) enqueue() {
	var ids, objs, spare []int32
	for i := range l.asks {
		a := &l.asks[i]
		due := l.due(a)
		switch {
		case a.seen || a.asked || l.onPages(a):
		case a.missed && !a.Force && !a.ByObject:
			l.suspects = append(l.suspects, int32(i))
		case !due:
			if !a.ByObject && !a.Alone && !a.PagesOnly {
				spare = append(spare, int32(i))
			}
		case a.ByObject:
			objs = append(objs, int32(i))
		default:
			ids = append(ids, int32(i))
		}
	}
	byWorth := func(a, b int32) int {
		x, y := &l.asks[a], &l.asks[b]
		if x.Force != y.Force {
			if x.Force {
				return -1
			}
			return 1
		}
		return cmp.Compare(y.Worth, x.Worth)
	}
	// Those that a page should have shown: the longest unseen ones will do.
	slices.SortStableFunc(l.suspects, byWorth)
	l.suspects = l.suspects[:min(len(l.suspects), suspects)]
	slices.SortStableFunc(ids, byWorth)
	slices.SortStableFunc(objs, byWorth)
	ids = append(ids, l.suspects...)
	// Places in the last call cost nothing.
	size := l.p.sizeOf(l.now)
	if room := batches(len(ids), size)*size - len(ids); room > 0 && len(spare) > 0 {
		slices.SortStableFunc(spare, byWorth)
		ids = append(ids, spare[:min(room, len(spare))]...)
	}
	l.batch(IDs, ids)
	l.batch(Objects, objs)
}

func (l *Round) batch(kind StepKind, asks []int32) {
	var group []int32
	size := l.p.sizeOf(l.now)
	flush := func() {
		if len(group) > 0 && l.limit > 0 {
			l.queue = append(l.queue, Step{Kind: kind, Asks: group})
			l.limit--
		}
		group = nil
	}
	for _, i := range asks {
		if l.asks[i].Alone {
			if l.limit > 0 {
				l.queue = append(l.queue, Step{Kind: kind, Asks: []int32{i}})
				l.limit--
			}
			continue
		}
		if group = append(group, i); len(group) == size {
			flush()
		}
	}
	flush()
}

// Cut says that the round ended before its time, with calls left that it would
// have made. What was due and not answered is owed: the next round begins with
// it, since a service that throttles the same call of every round would else
// never be asked for what comes last. Of two rounds that are cut one after the
// other only the second begins so, as what then comes last is what came first.
func (l *Round) Cut() { l.cut = true }

// owe makes the call that a round begins with for what is owed, if anything:
// those first that were not answered for longest.
func (l *Round) owe() bool {
	var asks []int32
	for i := range l.asks {
		if a := &l.asks[i]; a.Owed > 0 && !a.PagesOnly && l.p.Asks(a.form(), l.now) {
			asks = append(asks, int32(i))
		}
	}
	if len(asks) == 0 {
		return false
	}
	slices.SortStableFunc(asks, func(a, b int32) int { return cmp.Compare(l.asks[b].Owed, l.asks[a].Owed) })
	first, size := &l.asks[asks[0]], l.p.sizeOf(l.now)
	s := Step{Kind: first.form()}
	for _, i := range asks {
		a := &l.asks[i]
		if len(s.Asks) == 0 || len(s.Asks) < size && !first.Alone && !a.Alone && a.form() == s.Kind {
			s.Asks = append(s.Asks, i)
			a.asked = true
		}
	}
	l.queue = []Step{s}
	l.limit--
	return true
}

// owes takes over what a round that was cut did not get to.
func (l *Lane) owes() {
	l.sched.Planner.owed = l.round.cut && !l.round.owing
	if !l.round.cut {
		return
	}
	for ask := range l.asks {
		t := &l.tasks[l.refs[ask]]
		if a := &l.asks[ask]; t.live && t.ask == int32(ask) && !a.seen && l.round.due(a) && t.flags&Held == 0 {
			t.flags |= owed
		}
	}
}

// owedFor returns for how long a task was not answered that is owed a call, or
// zero.
func (t *tracked) owedFor(now time.Duration) time.Duration {
	if t.flags&owed == 0 {
		return 0
	}
	return max(1, now-max(t.seen, t.added))
}
