package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentralevents"
)

// store has the tasks that are not finished yet. Another program saves them when
// it has started them.
type store interface {
	load(context.Context) ([]partnercentral.Task, error)
	remove(context.Context, partnercentral.Task) error
}

// finisher finishes saved tasks.
type finisher struct {
	waiter *partnercentral.TaskWaiter
	tasks  store
	heard  heard
	// ended does what the business wants of a task that has ended. After a crash it
	// may be called for the same task again.
	ended func(context.Context, partnercentral.Task) error
}

// expectEvents makes a waiter poll seldom unless it is nudged.
func expectEvents(o *partnercentral.TaskWaiterOptions) {
	o.ExpectEvents = true
	o.MaxDelay = 15 * time.Second // what a lost event costs
}

func newFinisher(client partnercentral.TaskWaiterAPIClient, tasks store, ended func(context.Context, partnercentral.Task) error, optFns ...func(*partnercentral.TaskWaiterOptions)) *finisher {
	return &finisher{waiter: partnercentral.NewTaskWaiter(client, optFns...), tasks: tasks, ended: ended}
}

// hear reads an event and returns what tasks it may be about: none if the same
// was heard a moment ago. The error is that of an event that cannot be read, today
// or tomorrow.
func (f *finisher) hear(body []byte) ([]partnercentral.Task, error) {
	event, err := partnercentralevents.Parse(body)
	if err != nil {
		return nil, err
	}
	return f.heard.fresh(event, time.Now()), nil
}

// nudge reports whether a task that is waited for is meant.
func (f *finisher) nudge(tasks []partnercentral.Task) (meant bool) {
	for _, task := range tasks {
		meant = f.waiter.Nudge(task) || meant
	}
	return meant
}

// finish waits for all saved tasks until they have ended, or ctx has, and calls
// waiting when it does. A task that was not finished stays saved.
func (f *finisher) finish(ctx context.Context, waiting func()) error {
	saved, err := f.tasks.load(ctx)
	if err != nil {
		return err
	}
	tasks := func(yield func(partnercentral.Task) bool) {
		for _, task := range saved {
			if !yield(task) {
				return
			}
		}
		waiting() // the wait for each has begun: no nudge comes too early
	}
	var errs []error
	for task, err := range f.waiter.WaitAll(ctx, tasks, time.Hour) {
		if task.Done() {
			// The work goes on where the time for waiting is over.
			errs = append(errs, f.done(context.WithoutCancel(ctx), task))
		} else if ctx.Err() == nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sweep polls every saved task once: for a schedule, since events get lost and no
// event says that a task has failed.
func (f *finisher) sweep(ctx context.Context) error {
	saved, err := f.tasks.load(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for task, err := range f.waiter.RefreshAll(ctx, slices.Values(saved)) {
		if task.Done() {
			err = f.done(ctx, task)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// done removes a task once the business has taken notice of its end.
func (f *finisher) done(ctx context.Context, task partnercentral.Task) error {
	if err := f.ended(ctx, task); err != nil {
		return err
	}
	return f.tasks.remove(ctx, task)
}
