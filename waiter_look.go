package partnercentral

import (
	"context"
	"errors"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/tracing"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// maxFollow is how many pages of an answer by id or object are read. Ten ids
// fit on one; the service has been seen to announce another that is empty.
const maxFollow = 5

// errStop ends a look early.
var errStop = errors.New("the look ends")

// look makes the calls of one look.
type look struct {
	w    *TaskWaiter
	ln   *taskLane
	plan *poll.Round

	token  string     // of the next page
	failed bool       // a call failed and may succeed later
	ended  []*awaited // listed without their results
	calls  int
}

func (l *look) run(ctx context.Context, cancel context.CancelFunc) {
	defer cancel()
	ctx, span := l.w.scope.tracer.StartSpan(ctx, "partnercentral.TaskWaiter.Look", func(o *tracing.SpanOptions) {
		o.Properties.Set("partnercentral.task.kind", string(l.ln.key.kind))
		o.Properties.Set("partnercentral.catalog", l.ln.key.catalog)
	})
	for ctx.Err() == nil {
		if l.results(ctx) != nil {
			break
		}
		l.w.mu.Lock()
		step := l.plan.Next()
		l.w.unlock()
		var err error
		switch step.Kind {
		case poll.Done:
			err = errStop
		case poll.Page:
			err = l.page(ctx)
		case poll.IDs:
			err = l.batch(ctx, PollFormIDs, step.Asks)
		case poll.Objects:
			err = l.batch(ctx, PollFormObjects, step.Asks)
		}
		if err != nil {
			break
		}
	}
	l.noResults()
	span.SetProperty("partnercentral.calls", l.calls)
	if l.failed {
		span.SetStatus(tracing.SpanStatusError)
	}
	span.End()
	l.w.end(l.ln, l.failed)
}

// answer is what came of one call.
type answer struct {
	taskPage
	info PollInfo
	err  error
}

// call makes one List call when the budget allows it.
func (l *look) call(ctx context.Context, form PollForm, asked int, q taskQuery) (*answer, error) {
	q.catalog = l.ln.key.catalog
	for {
		l.w.mu.Lock()
		wait := l.ln.budget.Take(time.Now())
		l.w.unlock()
		if err := sleep(ctx, wait); err != nil {
			return nil, errStop
		}
		if wait == 0 {
			break
		}
	}
	a := &answer{info: PollInfo{Kind: l.ln.key.kind, Catalog: l.ln.key.catalog, Form: form, Asked: asked, Time: time.Now()}}
	callCtx, cancel := context.WithTimeout(ctx, l.w.options.LookTimeout)
	defer cancel()
	a.taskPage, a.err = l.ln.list(callCtx, q, l.w.clientOptions()...)
	if ctx.Err() != nil {
		// Nobody waits any more.
		return nil, errStop
	}
	a.info.Duration, a.info.Err, a.info.Listed = time.Since(a.info.Time), a.err, len(a.tasks)
	l.calls++
	return a, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// page gets the next page of the List.
func (l *look) page(ctx context.Context) error {
	q := taskQuery{size: int32(l.ln.family.limits.Page), token: l.token}
	a, err := l.call(ctx, PollFormPage, 0, q)
	if err != nil {
		return err
	}
	l.w.mu.Lock()
	defer l.w.unlock()
	if a.err != nil {
		v := l.record(a, nil)
		if v == pollRefusesSome || v == pollRefusesAll && refusesRequest(a.err) {
			// The page is refused, not the tasks: ids will tell.
			l.plan.PageRefused()
			return nil
		}
		return l.fail(v, a, l.ln.entries)
	}
	starts := make([]time.Time, len(a.tasks))
	var seen []sighting
	for row := range a.tasks {
		t := &a.tasks[row]
		starts[row] = t.StartTime
		for e := l.ln.byID[taskID(t)]; e != nil; e = e.twin {
			seen = append(seen, sighting{e, t, row})
		}
	}
	seen = append(seen, l.resolve(l.ln.noID, a.tasks)...)
	l.record(a, seen)
	l.w.deliver(l.ln, a.info.Time, l.withResults(a, seen))
	more := a.next != "" && a.next != l.token
	l.token = a.next
	l.plan.PageDone(starts, more)
	return nil
}

// batch asks for tasks by id or object, and finds out which of them is to
// blame when the call is refused: half of them at a time.
func (l *look) batch(ctx context.Context, form PollForm, asks []int32) error {
	groups := [][]int32{asks}
	for len(groups) > 0 {
		group := groups[len(groups)-1]
		groups = groups[:len(groups)-1]
		refused, err := l.ask(ctx, form, group)
		if err != nil {
			return err
		}
		if half := len(group) / 2; refused && half > 0 {
			groups = append(groups, group[half:], group[:half])
		}
	}
	return nil
}

// ask makes the call for a group of tasks, and follows its pages until all of
// them were seen. It reports whether the call was refused because of one of
// several tasks.
func (l *look) ask(ctx context.Context, form PollForm, group []int32) (refused bool, err error) {
	entries, q := l.query(form, group)
	if len(entries) == 0 {
		return false, nil
	}
	return l.askFor(ctx, form, entries, q)
}

func (l *look) askFor(ctx context.Context, form PollForm, entries []*awaited, q taskQuery) (refused bool, err error) {
	var found []Task
	for range maxFollow {
		a, err := l.call(ctx, form, len(entries), q)
		if err != nil {
			return false, err
		}
		l.w.mu.Lock()
		if a.err != nil {
			v := l.record(a, nil)
			err := l.refuse(v, a, entries)
			l.w.unlock()
			return v == pollRefusesSome && len(entries) > 1, err
		}
		seen, left := l.match(form, entries, a.tasks, &found)
		l.record(a, seen)
		l.w.deliver(l.ln, a.info.Time, l.withResults(a, seen))
		last := a.next == "" || a.next == q.token || len(left) == 0
		if last {
			l.w.missed(l.ln, a.info.Time, left, nil)
		}
		l.w.unlock()
		if last {
			return false, nil
		}
		q.token, entries = a.next, left
	}
	l.w.mu.Lock()
	defer l.w.unlock()
	l.w.missed(l.ln, time.Now(), entries, nil)
	return false, nil
}

// query is the request for a group, and whom it is for.
func (l *look) query(form PollForm, group []int32) (entries []*awaited, q taskQuery) {
	l.w.mu.Lock()
	defer l.w.unlock()
	names := map[string]bool{}
	for _, ask := range group {
		ref, ok := l.ln.poll.Ref(ask)
		if !ok {
			continue
		}
		e := l.ln.byRef[ref]
		entries = append(entries, e)
		if form == PollFormIDs {
			names[taskID(&e.task)] = true
		} else {
			names[l.ln.family.object(&e.task)] = true
		}
	}
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	if form == PollFormIDs {
		q.ids = list
	} else {
		q.objects = list
		q.size = int32(l.ln.family.limits.Page)
	}
	return entries, q
}

// match finds the tasks of an answer that are awaited, by anybody, and tells
// which of the entries it did not have.
func (l *look) match(form PollForm, entries []*awaited, tasks []Task, found *[]Task) (seen []sighting, left []*awaited) {
	for i := range tasks {
		for e := l.ln.byID[taskID(&tasks[i])]; e != nil; e = e.twin {
			seen = append(seen, sighting{e, &tasks[i], -1})
		}
	}
	if form == PollFormObjects {
		// Which of an object's tasks it is can be told when all are known.
		*found = append(*found, tasks...)
		resolved := l.resolve(l.ln.noID, *found)
		for i := range resolved {
			resolved[i].row = -1
		}
		seen = append(seen, resolved...)
	}
	for _, e := range entries {
		hit := e.lane == nil
		for i := range seen {
			hit = hit || seen[i].e == e
		}
		if !hit {
			left = append(left, e)
		}
	}
	return seen, left
}

// record counts a call, tells callbacks, sets the pace, and judges an error.
func (l *look) record(a *answer, seen []sighting) verdict {
	w := l.w
	w.stats.Calls++
	w.outbox.count(l.ln.key.kind, counts{calls: 1})
	for i := range seen {
		if seen[i].task.Done() {
			a.info.Ended++
		}
	}
	l.polled(&a.info)
	if a.err == nil {
		if a.info.Form == PollFormPage {
			w.stats.Pages++
		}
		w.pace = max(1, w.pace*0.8)
		l.skew(a)
		return 0
	}
	w.stats.FailedCalls++
	v := classifyPoll(a.err)
	switch v {
	case pollThrottled:
		w.stats.Throttled++
		w.pace = min(maxPace, w.pace*2)
		w.warn("a look was throttled; looking every %s at most", w.shortest())
	case pollMayPass:
		w.pace = min(maxPace, w.pace*1.5)
	}
	return v
}

// skew tells the lane by how much the service's clock differs from ours.
func (l *look) skew(a *answer) {
	server, ok := awsmiddleware.GetServerTime(a.metadata)
	at, ok2 := awsmiddleware.GetResponseAt(a.metadata)
	if !ok || !ok2 {
		return
	}
	// The header has whole seconds.
	ahead := server.Sub(at)
	if ahead.Abs() < 2*time.Second {
		ahead = 0
	}
	l.ln.poll.Skew(ahead)
}

// polled tells the callbacks of a call, and wakes one wait to make those that
// are the waiter's.
func (l *look) polled(info *PollInfo) {
	if l.w.base.polled(info) {
		l.w.rouse(l.ln)
	}
	for sub := range l.ln.own {
		if sub.own.polled(info) {
			notify(sub)
		}
	}
}

// rouse wakes one wait of the lane that is not awake yet.
func (w *TaskWaiter) rouse(ln *taskLane) {
	for _, e := range ln.entries {
		select {
		case e.sub.notify <- struct{}{}:
			return
		default:
		}
	}
}

// refuse deals with the error of a call for certain entries.
func (l *look) refuse(v verdict, a *answer, entries []*awaited) error {
	if v != pollRefusesSome {
		return l.fail(v, a, entries)
	}
	if len(entries) > 1 {
		return nil
	}
	for _, e := range entries {
		if e.lane == nil {
			continue
		}
		var missing *ResourceNotFoundException
		if errors.As(a.err, &missing) {
			// As good as not listed; its neighbours must not suffer again.
			l.ln.poll.Set(e.ref, poll.Alone)
			l.w.missed(l.ln, a.info.Time, []*awaited{e}, a.err)
			continue
		}
		e.looks++
		l.w.finish(e, l.w.refusal(e, a.err))
	}
	return nil
}

// fail deals with the error of a call that says nothing of single tasks.
func (l *look) fail(v verdict, a *answer, entries []*awaited) error {
	if v == pollRefusesAll {
		l.w.warn("looks at %s tasks in %s are refused: %v", l.ln.key.kind, l.ln.key.catalog, a.err)
		for i := len(l.ln.entries) - 1; i >= 0; i-- {
			e := l.ln.entries[i]
			e.looks++
			l.w.finish(e, l.w.refusal(e, a.err))
		}
		return errStop
	}
	l.failed = true
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		if e.lane == nil {
			continue
		}
		e.looks++
		e.asked, e.lastErr = a.info.Time, a.err
		if e.sub.once {
			l.w.finish(e, a.err)
		}
	}
	return errStop
}

// refusesRequest tells whether an error is about the request and not about who
// makes it.
func refusesRequest(err error) bool {
	var invalid *ValidationException
	return errors.As(err, &invalid)
}

func (w *TaskWaiter) refusal(e *awaited, err error) error {
	return &PollRefusedError{Task: e.task, Looks: int(e.looks), Elapsed: e.elapsed(), Err: err}
}
