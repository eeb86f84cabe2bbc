package partnercentral

import (
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// sighting is an awaited task in an answer. row is its place on a page, or -1.
type sighting struct {
	e    *awaited
	task *Task
	row  int
}

// deliver takes over what an answer, asked for at a time, says of awaited
// tasks.
func (w *TaskWaiter) deliver(ln *taskLane, at time.Time, seen []sighting) {
	// Several waits for a task change together; the waiter's callback hears of
	// it once.
	var told *Task
	for _, s := range seen {
		e := s.e
		if e.lane == nil {
			continue
		}
		if !e.ended {
			ln.poll.Saw(at, e.ref, s.row, s.task.Done())
		}
		e.ended = false
		if e.nudged.After(at) {
			// Asked for after the call was made, so the call is no answer.
			ln.poll.Set(e.ref, poll.Force)
		}
		e.looks++
		e.asked, e.lastErr, e.missing = at, nil, time.Time{}
		ln.poll.Clear(e.ref, poll.Alone)
		ln.identify(e, s.task)
		before := e.task.Status
		e.task = merged(e.task, s.task)
		if e.task.Status != before {
			if told != s.task && w.base.changed(e.task) {
				notify(e.sub)
			}
			told = s.task
			if e.sub.own.changed(e.task) {
				notify(e.sub)
			}
		}
		switch {
		case e.task.Done():
			w.finish(e, e.task.Err())
		case e.task.Status != "" && e.task.Status != TaskStatusInProgress:
			w.finish(e, &UnknownTaskStatusError{Task: e.task})
		case e.sub.once:
			w.finish(e, nil)
		}
	}
}

// merged is what is known of a task after an answer: the answer, and what it
// leaves out.
func merged(old Task, now *Task) Task {
	t := *now
	t.Kind, t.Catalog, t.ClientToken = old.Kind, old.Catalog, old.ClientToken
	for _, m := range []struct{ to, from *string }{
		{&t.ID, &old.ID}, {&t.ARN, &old.ARN},
		{(*string)(&t.Status), (*string)(&old.Status)},
		{(*string)(&t.ReasonCode), (*string)(&old.ReasonCode)},
		{&t.Message, &old.Message},
		{&t.OpportunityID, &old.OpportunityID}, {&t.EngagementID, &old.EngagementID},
		{&t.EngagementInvitationID, &old.EngagementInvitationID},
		{&t.ResourceSnapshotJobID, &old.ResourceSnapshotJobID}, {&t.ContextID, &old.ContextID},
		{&t.Name, &old.Name}, {&t.engagements, &old.engagements},
	} {
		if *m.to == "" || *m.to == *m.from {
			// Equal strings are kept as they are, so that a task that only goes
			// on running does not hold on to every answer.
			*m.to = *m.from
		}
	}
	if t.StartTime.IsZero() {
		t.StartTime = old.StartTime
	}
	return t
}

// missed takes over that a call, made at a time, did not show tasks that it
// asked for; err is what the service said to that, or nil.
func (w *TaskWaiter) missed(ln *taskLane, at time.Time, entries []*awaited, err error) {
	now := time.Now()
	for _, e := range entries {
		if e.lane == nil {
			continue
		}
		ln.poll.Asked(at, e.ref)
		e.looks++
		e.asked, e.lastErr = at, err
		if e.missing.IsZero() {
			e.missing = now
		}
		if now.Sub(e.missing) >= e.sub.grace && (e.sub.once || e.looks > 1) {
			w.finish(e, &TaskNotFoundError{Task: e.task, Looks: int(e.looks), Elapsed: e.elapsed(), Err: err})
		}
	}
}

// startMargin is by how much the start of one task may differ between answers.
// Fifteen milliseconds were recorded.
const startMargin = 5 * time.Second

// sentMargin is by how much our clock, which said when a Start was about to be
// made, may be ahead of the service's.
const sentMargin = time.Minute

// resolve finds the tasks that are awaited without an id among those listed:
// by their object and, as an object may have several tasks, their start.
func (l *look) resolve(entries []*awaited, tasks []Task) []sighting {
	if len(entries) == 0 {
		return nil
	}
	object := l.ln.family.object
	byObject := map[string][]int{}
	for i := range tasks {
		if o := object(&tasks[i]); o != "" {
			byObject[o] = append(byObject[o], i)
		}
	}
	var seen []sighting
	for _, e := range entries {
		best := -1
		for _, i := range byObject[object(&e.task)] {
			if fits(&e.task, &tasks[i]) && (best < 0 || fitsBetter(&e.task, &tasks[i], &tasks[best])) {
				best = i
			}
		}
		if best >= 0 {
			seen = append(seen, sighting{e, &tasks[best], best})
		}
	}
	return seen
}

// fits tells whether a listed task of the right object can be the awaited one.
func fits(e, t *Task) bool {
	switch {
	case taskID(t) == "":
		return false
	case e.StartTime.IsZero() || t.StartTime.IsZero():
		return true
	case e.Status == "":
		// Its Start was about to be made then.
		return !t.StartTime.Before(e.StartTime.Add(-sentMargin))
	}
	return t.StartTime.Sub(e.StartTime).Abs() <= startMargin
}

// fitsBetter tells whether a fits e better than b does.
func fitsBetter(e, a, b *Task) bool {
	switch {
	case e.StartTime.IsZero():
		return a.StartTime.After(b.StartTime) // the newest
	case e.Status == "":
		return a.StartTime.Before(b.StartTime) // the first after it
	}
	return a.StartTime.Sub(e.StartTime).Abs() < b.StartTime.Sub(e.StartTime).Abs()
}

// identify gives an entry the id that an answer has for it.
func (ln *taskLane) identify(e *awaited, t *Task) {
	ln.poll.Located(time.Now(), e.ref, t.StartTime)
	id := taskID(t)
	if id == "" || taskID(&e.task) != "" {
		return
	}
	for i := range ln.noID {
		if ln.noID[i] == e {
			ln.noID = append(ln.noID[:i], ln.noID[i+1:]...)
			break
		}
	}
	e.task.ID = id
	e.twin = ln.byID[id]
	ln.byID[id] = e
	ln.poll.Clear(e.ref, poll.ByObject)
}
