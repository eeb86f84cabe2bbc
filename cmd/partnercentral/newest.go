package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// newest returns what a key stands for if its first task has failed: the newest
// task of the same object, where the service has one that was started after it,
// as by --corrected. Which token that one had the service does not say, and to
// ask with the next token of the key would start a task where there is none. But
// whoever started it, the failure before it is not how things are.
func (s *start) newest(ctx context.Context, waiter *partnercentral.TaskWaiter, input partnercentral.StartTaskInput, task partnercentral.Task, err error) (partnercentral.Task, error) {
	object := input.Task()
	if task.Status != partnercentral.TaskStatusFailed || object.Kind == partnercentral.TaskKindOpportunityFromEngagement {
		// A lead cannot be told from another one of its engagement.
		return task, err
	}
	object.ClientToken = ""
	newest, pollErr := waiter.Refresh(ctx, object)
	known := pollErr == nil || newest.Done()
	if !known || newest.ID == "" || newest.ID == task.ID || newest.StartTime.Before(task.StartTime) || !sameEngagements(input, newest) {
		return task, err
	}
	s.app.say("%s of this key failed, and %s was started for the same object after it, which counts", task.ID, newest.ID)
	err = newest.Err()
	if !newest.Done() && !s.noWait {
		newest, err = waiter.Wait(ctx, newest, time.Duration(s.timeout))
	}
	newest.Adopted = true
	return newest, err
}

// sameEngagements reports whether a task is for all that an input names.
func sameEngagements(input partnercentral.StartTaskInput, task partnercentral.Task) bool {
	prospecting, ok := input.(*partnercentral.StartProspectingFromEngagementTaskInput)
	if !ok {
		return true
	}
	var has []string
	for _, e := range task.Engagements() {
		if e.EngagementIdentifier != nil {
			id := *e.EngagementIdentifier // or ARN
			has = append(has, id[strings.LastIndex(id, "/")+1:])
		}
	}
	wanted := slices.Clone(prospecting.Identifiers)
	slices.Sort(has)
	slices.Sort(wanted)
	return slices.Equal(has, wanted)
}
