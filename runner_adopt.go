package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
	"github.com/cosell-dev/partnercentral-go/internal/lookup"
	"github.com/cosell-dev/partnercentral-go/internal/outcall"
	"github.com/cosell-dev/partnercentral-go/internal/stack"
)

// adopts says which tasks of other programs can be taken in place of one that
// would be started.
type adopts int

const (
	// adoptsNone: the listed tasks of an object cannot be told apart.
	adoptsNone adopts = iota
	// adoptsByObject: each listed task of the object is as good as another.
	adoptsByObject
	// adoptsByEngagements: a task of the same name has to have the same
	// engagements, which a Get tells.
	adoptsByEngagements
)

// listedFor is longer than which nothing is assumed of how long the service
// lists a task that has ended. It is not documented.
const listedFor = 24 * time.Hour

// before is what a run knows of the tasks of its object that it has not started.
type before struct {
	// failed are those that had failed when the run began, by id. nil as long as
	// nothing was looked up.
	failed map[string]Task
	// passed are those of them that the run went on from.
	passed map[string]bool
	// began is when the run began, by the clock of the service.
	began time.Time

	// others are tasks of the object that cannot be adopted, and settled is set if
	// the newest that has ended is one of them.
	others  map[string]bool
	settled bool
}

// looksUp reports whether a Start has to know what there is of its object.
func (r *run) looksUp() bool { return r.options.Adopt != nil || r.goesOn() }

// goesOn reports whether the run goes on with the next token where the task had
// failed before. A token of its own has no task from before.
func (r *run) goesOn() bool { return r.options.RetryFailed && r.input.Task().ClientToken != "" }

// line returns where the Starts of a kind in a catalog queue up for their
// look-ups.
func (r *Runner) line(kind TaskKind, catalog string) *lookup.Line[Task] {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]string{string(kind), catalog}
	if r.lines[key] == nil {
		if r.lines == nil {
			r.lines = map[[2]string]*lookup.Line[Task]{}
		}
		family := familyOf(kind)
		r.lines[key] = lookup.New(lookup.Config[Task]{
			Limit: family.limits.IDs,
			Find: func(ctx context.Context, objects []string) (lookup.Answer[Task], error) {
				return r.find(ctx, family, catalog, objects)
			},
			OfOne: func(err error) bool {
				kind := fault.Of(err)
				return kind == fault.RefusesRequest || kind == fault.RefusesObject
			},
		})
	}
	return r.lines[key]
}

// maxPages ends a list that would not end.
const maxPages = 100

// maxAbandoned is how many Lists of a runner may be on their way that were
// abandoned: further ones wait for one of them to return, as long as their
// contexts last.
const maxAbandoned = 2

// lister returns the list function of a family. That the client panics or ends
// its goroutine is an error of the list, since others wait for what it says. One
// that does not return after its context has ended is abandoned.
func (r *Runner) lister(family *taskFamily) (listTasks, error) {
	list, err := family.lister(r.client)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, q taskQuery, optFns ...func(*Options)) (taskPage, error) {
		select {
		case r.abandoned <- struct{}{}:
			<-r.abandoned // there is room for one more
		case <-ctx.Done():
			return taskPage{}, ctx.Err()
		}
		got, hung := outcall.Do(ctx, func() (taskPage, error) { return list(ctx, q, optFns...) })
		if hung == nil {
			return got.Value, got.Err
		}
		select {
		case r.abandoned <- struct{}{}:
			go func() { <-hung; <-r.abandoned }()
		default: // of several that were made together
		}
		return taskPage{}, fmt.Errorf("%w: %w", outcall.ErrHung, ctx.Err())
	}, nil
}

// find lists the tasks of some objects.
func (r *Runner) find(ctx context.Context, family *taskFamily, catalog string, objects []string) (answer lookup.Answer[Task], err error) {
	list, err := r.lister(family)
	if err != nil {
		return answer, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultPollTimeout)
	defer cancel()
	answer.Of = map[string][]Task{}
	q := taskQuery{catalog: catalog, objects: objects, size: int32(family.limits.Page)}
	for range maxPages {
		page, err := list(ctx, q)
		if fault.Of(err) == fault.RefusesObject && len(objects) == 1 {
			// There is no such object, so there is no task of it.
			return answer, nil
		}
		if err != nil {
			return answer, err
		}
		if ahead, ok := clockAhead(page.metadata); ok {
			answer.Ahead = ahead
		}
		for _, t := range page.tasks {
			t = t.filledFrom(Task{Kind: family.kind, Catalog: catalog})
			answer.Of[t.Object()] = append(answer.Of[t.Object()], t)
		}
		if page.next == "" {
			return answer, nil
		}
		q.token = page.next
	}
	return answer, errors.New("the list of the object's tasks does not end")
}

// remember keeps what a run has to know of the time before it began.
func (r *run) remember(found lookup.Finding[Task]) {
	if r.before.failed != nil || found.At.IsZero() {
		return
	}
	r.before.failed = map[string]Task{}
	r.before.began = r.began.Add(found.Ahead)
	for _, t := range found.Items {
		ended := t.EndTime
		if ended.IsZero() {
			ended = t.StartTime
		}
		// A run of the same input beside this one may have started it since.
		if t.Status == TaskStatusFailed && !ended.After(r.before.began.Add(clockMargin)) {
			r.before.failed[taskID(&t)] = t
		}
	}
}

// passOn reports whether the run goes on from a task of its chain, since that had
// failed before the run began.
func (r *run) passOn(task *Task) bool {
	id := taskID(task)
	if !r.goesOn() || id == "" || r.before.passed[id] {
		return false
	}
	listed, failed := r.before.failed[id]
	// The service may not list it any more.
	if !failed && (task.Status != TaskStatusFailed || task.StartTime.IsZero() || r.before.began.IsZero() || r.before.began.Sub(task.StartTime) < listedFor) {
		return false
	}
	if r.before.passed == nil {
		r.before.passed = map[string]bool{}
	}
	r.before.passed[id] = true
	r.failed = task.filledFrom(listed)
	r.failed.Status = TaskStatusFailed
	r.failure = r.failed.Err()
	r.report(r.failed)
	return true
}

// hinders reports whether there is a task that may be adopted.
func (r *run) hinders(found lookup.Finding[Task]) bool {
	_, ok := r.adoptable(found)
	return ok
}

// adoptable returns the task that may be adopted: one that runs, or the newest if
// it is COMPLETE and young enough.
func (r *run) adoptable(found lookup.Finding[Task]) (Task, bool) {
	if r.options.Adopt == nil {
		return Task{}, false
	}
	byEngagements := familyOf(r.input.Task().Kind).adopts == adoptsByEngagements
	tasks := slices.Clone(found.Items)
	slices.SortStableFunc(tasks, func(a, b Task) int { return b.StartTime.Compare(a.StartTime) })
	settled := r.before.settled
	for _, t := range tasks {
		running := t.Status == TaskStatusInProgress || !t.Done() && t.EndTime.IsZero()
		switch {
		case r.before.others[taskID(&t)]:
		case running:
			return t, true
		case settled:
		case byEngagements:
			// Whether it is the newest of these engagements a Get has to tell.
			if r.young(&t, found.Ahead) {
				return t, true
			}
		default:
			if t.Status == TaskStatusComplete && r.young(&t, found.Ahead) {
				return t, true
			}
			settled = true
		}
	}
	return Task{}, false
}

// young reports whether a task that has ended counts by its age.
func (r *run) young(t *Task, ahead time.Duration) bool {
	at := t.EndTime
	if at.IsZero() {
		at = t.StartTime
	}
	return *r.options.Adopt > 0 && !at.IsZero() && time.Now().Add(ahead).Sub(at) <= *r.options.Adopt
}

// adopt returns the task that is adopted in place of a Start, if there is one.
func (r *run) adopt(ctx context.Context, found lookup.Finding[Task]) (Task, bool, error) {
	t, ok := r.adoptable(found)
	if !ok {
		return Task{}, false, nil
	}
	if in, ok := r.input.(*StartProspectingFromEngagementTaskInput); ok {
		same, err := r.sameEngagements(ctx, in, &t)
		if err != nil {
			return Task{}, false, &lookup.Error{Err: err}
		}
		if !same || t.Status == TaskStatusFailed {
			r.before.settled = r.before.settled || same
			if r.before.others == nil {
				r.before.others = map[string]bool{}
			}
			r.before.others[taskID(&t)] = true
			return Task{}, false, nil
		}
	}
	known := r.input.Task()
	known.ClientToken = ""
	t = t.filledFrom(known)
	t.Adopted = true
	return t, true, nil
}

// sameEngagements reports whether a listed task is for the engagements of an
// input, and completes it with what a Get says.
func (r *run) sameEngagements(ctx context.Context, in *StartProspectingFromEngagementTaskInput, t *Task) (bool, error) {
	list, err := r.runner.lister(familyOf(t.Kind))
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultPollTimeout)
	defer cancel()
	page, err := list(ctx, taskQuery{catalog: t.Catalog, ids: []string{taskID(t)}})
	if fault.Of(err) == fault.RefusesObject {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if len(page.tasks) != 1 {
		return false, nil
	}
	*t = page.tasks[0].filledFrom(*t)
	var has, wanted []string
	for _, e := range t.Engagements() {
		if e.EngagementIdentifier != nil {
			has = append(has, lastPart(*e.EngagementIdentifier))
		}
	}
	for _, id := range in.Identifiers {
		wanted = append(wanted, lastPart(id))
	}
	slices.Sort(has)
	slices.Sort(wanted)
	return slices.Equal(slices.Compact(has), slices.Compact(wanted)), nil
}

// enter waits until the Start may go out as far as other tasks of its object go,
// or returns the one that is adopted instead.
func (s *starting) enter(ctx context.Context) (Task, bool, error) {
	if !s.looksUp() || s.log.lost {
		return Task{}, false, nil
	}
	if s.input.checkTask(s.token) != nil {
		return Task{}, false, nil //nolint:nilerr // the call says it
	}
	if s.place == nil {
		s.place = s.runner.line(s.sent.Kind, s.sent.Catalog).Place(s.sent.Object(), s.hinders)
	}
	for {
		err := s.place.Enter(ctx)
		s.remember(s.place.Finding())
		if !errors.Is(err, lookup.ErrHindered) {
			s.entered = err == nil
			return Task{}, false, err
		}
		if task, ok, err := s.adopt(ctx, s.place.Finding()); ok || err != nil {
			return task, ok, err
		}
	}
}

// Begin is called when an attempt has its turn. As long as none may have
// been received, what was looked up has to be fresh.
func (s *starting) Begin(ctx context.Context) error {
	s.log.turn = time.Now()
	if !s.entered || s.log.lost {
		return nil
	}
	return s.place.Begin(ctx)
}

// HandOver is called when the HTTP client gets an attempt.
func (s *starting) HandOver() { s.log.handed = true }

// End is called when an attempt that was sent has ended.
func (s *starting) End(a stack.Attempt) { s.log.attempt(a) }

// leave tells those who wait to start something for the same object what was
// started, if anything was. A Start that may have been received has its place
// until more is known.
func (s *starting) leave(task Task, started bool) {
	if !s.entered {
		return
	}
	s.entered = false
	if started {
		s.place.Leave(&task)
		return
	}
	s.place.Leave(nil)
}
