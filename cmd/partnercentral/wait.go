package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

func (a *app) wait() *cobra.Command {
	timeout := defaultTimeout
	cmd := &cobra.Command{
		Use:   "wait TASK...",
		Short: "Wait for tasks that were started before",
		Long: `Wait for tasks, each named by its id or ARN, or by what it was started with: an
opportunity (O…), an invitation (engi-…) or an engagement with a lead (eng-…), which
mean the newest task of that object.`,
		Example: `  partnercentral --catalog AWS wait task-0000001abc3de O1234567 engi-0000001abc3de`,
		Args:    some("TASK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			tasks := make([]partnercentral.Task, len(args))
			for i, arg := range args {
				var err error
				if tasks[i], err = a.task(arg); err != nil {
					return err
				}
			}
			return a.waitFor(cmd.Context(), tasks, timeout)
		},
	}
	cmd.Flags().Var(&timeout, "timeout", "the longest `time` that the command may take, such as 90s, 10m, 2h or 1d")
	return cmd
}

// task returns the task that an argument names. Its kind is empty if only the
// service knows it.
func (a *app) task(arg string) (partnercentral.Task, error) {
	task := partnercentral.Task{Catalog: a.catalog}
	switch {
	case strings.HasPrefix(arg, "arn:"):
		return a.taskOfARN(arg)
	case strings.HasPrefix(arg, "task-"):
		prospecting, err := target.Task(arg)
		if prospecting {
			task.Kind = partnercentral.TaskKindProspectingFromEngagement
		}
		task.ID = arg
		return task, err
	case strings.HasPrefix(arg, "engi-"):
		task.Kind, task.EngagementInvitationID = partnercentral.TaskKindEngagementByAcceptingInvitation, arg
		return task, target.Invitation(arg)
	case strings.HasPrefix(arg, "eng-"):
		task.Kind, task.EngagementID = partnercentral.TaskKindOpportunityFromEngagement, arg
		return task, target.Engagement(arg)
	case target.Opportunity(arg) == nil:
		task.Kind, task.OpportunityID = partnercentral.TaskKindEngagementFromOpportunity, arg
		return task, nil
	}
	if near, ok := target.Nearly(arg); ok {
		return task, usage.Errorf("%q names no task: type %s", arg, near)
	}
	return task, usage.Errorf("%q names no task: type the id or ARN of a task, an opportunity (O1234567) or an invitation (engi-0000001abc3de)", arg)
}

func (a *app) waitFor(ctx context.Context, tasks []partnercentral.Task, timeout period) error {
	ctx, cancel := a.within(ctx, timeout)
	defer cancel()
	svc, err := a.connect(ctx, 0)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		if err := target.CheckARN(task.ARN, svc.catalog, svc.account); err != nil {
			return err
		}
	}
	waiter := svc.waiter()
	defer waiter.Close()
	begin, ended := time.Now(), 0
	count := make(chan int, 1)
	count <- 0
	live := a.progress(len(tasks), func() string {
		n := <-count
		count <- n
		return fmt.Sprintf("%d of %d ended, waiting for %s", n, len(tasks), time.Since(begin).Round(time.Second))
	})
	defer live.stop()
	tasks, lost := findKinds(ctx, waiter, tasks)
	show := func(task partnercentral.Task, err error) {
		ended++
		<-count
		count <- ended
		live.ended(ended)
		a.outcome(task, err, "")
	}
	for _, one := range lost {
		show(one.task, one.err)
	}
	awaitAll(ctx, waiter, tasks, time.Duration(timeout), show)
	return nil
}

// awaitAll waits for tasks and shows what became of each.
func awaitAll(ctx context.Context, waiter *partnercentral.TaskWaiter, tasks []partnercentral.Task, timeout time.Duration, show func(partnercentral.Task, error)) {
	if len(tasks) == 0 {
		return
	}
	var running []partnercentral.Task
	// A wait takes its time with the first poll, and these may have ended long ago.
	for task, err := range waiter.RefreshAll(ctx, slices.Values(tasks)) {
		if task.Done() || ctx.Err() != nil {
			show(task, err)
		} else {
			running = append(running, task)
		}
	}
	if len(running) == 0 {
		return
	}
	var taken atomic.Int64
	for task, err := range waiter.WaitAll(ctx, func(yield func(partnercentral.Task) bool) {
		for _, task := range running {
			taken.Add(1)
			if !yield(task) {
				return
			}
		}
	}, timeout) {
		if task.Catalog != "" { // else none was taken
			show(task, err)
		}
	}
	for _, task := range running[taken.Load():] {
		show(task, &partnercentral.WaitError{State: partnercentral.WaitCanceled, Task: task, Err: ctx.Err()})
	}
}

// lostTask is a task that was not found.
type lostTask struct {
	task partnercentral.Task
	err  error
}

// findKinds asks the service for the kinds of tasks that are known by an id
// alone, and gives those that start late the time to show up.
func findKinds(ctx context.Context, waiter *partnercentral.TaskWaiter, tasks []partnercentral.Task) (found []partnercentral.Task, lost []lostTask) {
	const attempts, pause = 4, 5 * time.Second
	var open []partnercentral.Task
	for _, task := range tasks {
		if task.Kind != "" {
			found = append(found, task)
		} else {
			open = append(open, task)
		}
	}
	for attempt := 1; len(open) > 0; attempt++ {
		var left []lostTask
		for _, task := range open {
			known, err := findKind(ctx, waiter, task)
			switch {
			case err == nil:
				found = append(found, known)
			case attempt < attempts && ctx.Err() == nil && !errors.Is(err, partnercentral.WaitRefused):
				left = append(left, lostTask{task, err})
			default:
				lost = append(lost, lostTask{task, err})
			}
		}
		open = open[:0]
		for _, one := range left {
			open = append(open, one.task)
		}
		if len(open) > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
	return found, lost
}

// findKind asks for a task with each of the kinds that its id can have.
func findKind(ctx context.Context, waiter *partnercentral.TaskWaiter, task partnercentral.Task) (partnercentral.Task, error) {
	var candidates []partnercentral.Task
	for _, kind := range partnercentral.TaskKind("").Values() {
		if kind != partnercentral.TaskKindProspectingFromEngagement {
			task.Kind = kind
			candidates = append(candidates, task)
		}
	}
	var first error
	for known, err := range waiter.RefreshAll(ctx, slices.Values(candidates)) {
		if err == nil || known.Done() {
			return known, nil
		}
		// A refusal says more than that there is no such task of another kind.
		if first == nil || errors.Is(first, partnercentral.WaitNotFound) {
			first = err
		}
	}
	task.Kind = ""
	return task, first
}

// taskOfARN returns the task of an ARN, which must be in the chosen catalog.
func (a *app) taskOfARN(arn string) (partnercentral.Task, error) {
	task, err := partnercentral.ParseTaskARN(arn)
	if err != nil {
		return task, usage.Errorf("%q %s", arn, strings.TrimPrefix(plain.Sentence(err), "arn "))
	}
	return task, target.CheckARN(arn, a.catalog, "")
}
