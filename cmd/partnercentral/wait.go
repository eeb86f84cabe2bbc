package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
			return a.waitFor(cmd.Context(), tasks, time.Duration(timeout))
		},
	}
	cmd.Flags().Var(&timeout, "timeout", "the longest `time` to wait for each")
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
		switch rest := arg[len("task-"):]; {
		case strings.Trim(rest, "0123456789abcdefghijklmnopqrstuvwxyz") != "" || len(rest) != 13 && len(rest) != 14:
			return task, usage.Errorf("%q is not the id of a task: type task- and its 13 or 14 letters and digits, such as task-0000001abc3de", arg)
		case len(rest) == 14:
			task.Kind = partnercentral.TaskKindProspectingFromEngagement
		}
		task.ID = arg
		return task, nil
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
	return task, usage.Errorf("%q names no task: type the id or ARN of a task, an opportunity (O1234567) or an invitation (engi-0000001abc3de)", arg)
}

func (a *app) waitFor(ctx context.Context, tasks []partnercentral.Task, timeout time.Duration) error {
	svc, err := a.connect(ctx, 0)
	if err != nil {
		return err
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
		a.outcome(task, err)
	}
	for _, one := range lost {
		show(one.task, one.err)
	}
	if len(tasks) == 0 {
		return nil
	}
	for task, err := range waiter.WaitAll(ctx, slices.Values(tasks), timeout) {
		show(task, err)
	}
	return nil
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
	switch {
	case err != nil:
		return task, usage.Errorf("%q %s", arn, strings.TrimPrefix(plain.Sentence(err), "arn "))
	case task.Catalog != a.catalog:
		return task, usage.Errorf("%s is in the %s catalog: type --catalog %s", arn, task.Catalog, task.Catalog)
	}
	return task, nil
}
