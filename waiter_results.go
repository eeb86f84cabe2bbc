package partnercentral

import (
	"context"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// budgetOf is what the looks at a kind of tasks are paid from.
func (w *TaskWaiter) budgetOf(f *taskFamily) *poll.Budget {
	if f.perSecond == 0 {
		return w.budget
	}
	b := w.budgets[f.kind]
	if b == nil {
		b = poll.NewBudget(f.perSecond*w.options.ReadsPerSecond/DefaultWaiterReadsPerSecond, 0)
		w.budgets[f.kind] = b
	}
	return b
}

// withResults keeps back the tasks that a List shows ended without their
// results: a wait does not end before it has them.
func (l *look) withResults(a *answer, seen []sighting) []sighting {
	if !a.partial {
		return seen
	}
	var whole []sighting
	for _, s := range seen {
		switch {
		case s.task.EndTime.IsZero():
			whole = append(whole, s)
		case s.e.lane != nil:
			l.ln.poll.Saw(a.info.Time, s.e.ref, s.row, s.task.Done())
			l.ln.identify(s.e, s.task)
			s.e.ended = true
			l.ended = append(l.ended, s.e)
		}
	}
	return whole
}

// noResults forgets the tasks whose results the look did not come to ask for.
func (l *look) noResults() {
	l.w.mu.Lock()
	defer l.w.unlock()
	for _, e := range l.ended {
		e.ended = false
	}
}

// results asks for the results of the tasks that were kept back. Those it does
// not get are kept back by the next look again.
func (l *look) results(ctx context.Context) error {
	for len(l.ended) > 0 {
		e := l.ended[0]
		l.ended = l.ended[1:]
		l.w.mu.Lock()
		q := taskQuery{ids: []string{taskID(&e.task)}}
		// Another wait for the same task may have got them for both.
		asked := e.lane == nil || !e.ended
		l.w.unlock()
		if asked {
			continue
		}
		if _, err := l.askFor(ctx, PollFormIDs, []*awaited{e}, q); err != nil {
			l.ended = append(l.ended, e)
			return err
		}
	}
	return nil
}
