package tests

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
)

// stubTask is a task of the stub's account.
type stubTask struct {
	id      string
	object  string
	catalog string
	start   time.Time
	end     time.Time // zero for never
	visible time.Time // from when on the List has it
	failed  bool
	status  partnercentral.TaskStatus // in place of what the times say
}

// stubCall is one List call that the stub got.
type stubCall struct {
	at      time.Time
	catalog string
	ids     []string
	objects []string
	page    bool
	token   string
}

// stub lists tasks that submit opportunities, by the clock of the bubble that
// it is used in. It is a client as a user's mock would be.
type stub struct {
	mu      sync.Mutex
	tasks   []stubTask
	calls   []stubCall
	refuse  func(stubCall) error                  // what a call fails with, if anything
	block   func(context.Context, stubCall) error // runs before a call is answered
	order   func(a, b stubTask) int               // of pages; newest first if nil
	hidden  func(stubTask) bool                   // from pages
	latency time.Duration

	lags func(stubCall) bool // the calls that visible applies to; all if nil

	pageSize       int  // most tasks on a page; 1000 if 0
	pagesOfObjects bool // answers by object have pages, too
}

func (s *stub) ListEngagementByAcceptingInvitationTasks(ctx context.Context, in *partnercentral.ListEngagementByAcceptingInvitationTasksInput, _ ...func(*partnercentral.Options)) (*partnercentral.ListEngagementByAcceptingInvitationTasksOutput, error) {
	list, next, err := s.list(ctx, stubCall{
		at: time.Now(), catalog: "accept:" + aws.ToString(in.Catalog), ids: in.TaskIdentifier, objects: in.EngagementInvitationIdentifier, token: aws.ToString(in.NextToken),
	})
	if err != nil {
		return nil, err
	}
	out := &partnercentral.ListEngagementByAcceptingInvitationTasksOutput{NextToken: next}
	for _, t := range list {
		out.TaskSummaries = append(out.TaskSummaries, partnercentral.ListEngagementByAcceptingInvitationTaskSummary{
			TaskId: aws.String(t.id), EngagementInvitationId: aws.String(t.object), StartTime: aws.Time(t.start), TaskStatus: t.now(),
		})
	}
	return out, nil
}

func (s *stub) ListEngagementFromOpportunityTasks(ctx context.Context, in *partnercentral.ListEngagementFromOpportunityTasksInput, _ ...func(*partnercentral.Options)) (*partnercentral.ListEngagementFromOpportunityTasksOutput, error) {
	list, next, err := s.list(ctx, stubCall{
		at: time.Now(), catalog: aws.ToString(in.Catalog), ids: in.TaskIdentifier, objects: in.OpportunityIdentifier, token: aws.ToString(in.NextToken),
	})
	if err != nil {
		return nil, err
	}
	out := &partnercentral.ListEngagementFromOpportunityTasksOutput{NextToken: next}
	for _, t := range list {
		sum := partnercentral.ListEngagementFromOpportunityTaskSummary{
			TaskId: aws.String(t.id), OpportunityId: aws.String(t.object), StartTime: aws.Time(t.start), TaskStatus: t.now(),
		}
		if sum.TaskStatus == partnercentral.TaskStatusFailed {
			sum.ReasonCode, sum.Message = partnercentral.ReasonCodeOpportunityConflict, aws.String("already submitted")
		}
		if sum.TaskStatus == partnercentral.TaskStatusComplete {
			sum.EngagementId = aws.String("eng-00000000000001")
		}
		out.TaskSummaries = append(out.TaskSummaries, sum)
	}
	return out, nil
}

func (t stubTask) now() partnercentral.TaskStatus {
	switch {
	case t.status != "":
		return t.status
	case t.end.IsZero() || time.Now().Before(t.end):
		return partnercentral.TaskStatusInProgress
	case t.failed:
		return partnercentral.TaskStatusFailed
	}
	return partnercentral.TaskStatusComplete
}

func (s *stub) list(ctx context.Context, call stubCall) ([]stubTask, *string, error) {
	call.page = call.ids == nil && call.objects == nil
	s.mu.Lock()
	s.calls = append(s.calls, call)
	refuse, block := s.refuse, s.block
	s.mu.Unlock()
	if block != nil {
		if err := block(ctx, call); err != nil {
			return nil, nil, err
		}
	}
	if s.latency > 0 {
		select {
		case <-time.After(s.latency):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	if refuse != nil {
		if err := refuse(call); err != nil {
			return nil, nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []stubTask
	for _, t := range s.tasks {
		switch {
		case t.catalog != call.catalog || time.Now().Before(t.visible) && (s.lags == nil || s.lags(call)):
		case call.page && (s.hidden == nil || !s.hidden(t)), slices.Contains(call.ids, t.id), slices.Contains(call.objects, t.object):
			list = append(list, t)
		}
	}
	order := s.order
	if order == nil {
		order = func(a, b stubTask) int { return b.start.Compare(a.start) }
	}
	slices.SortStableFunc(list, order)
	if !call.page && !(s.pagesOfObjects && call.objects != nil) {
		// As the service was seen to do: more is announced than there is.
		if call.token != "" {
			return nil, nil, nil
		}
		return list, aws.String("nothing-follows"), nil
	}
	from := 0
	fmt.Sscan(call.token, &from)
	size := 1000
	if s.pageSize > 0 {
		size = s.pageSize
	}
	to := min(len(list), from+size)
	if to == len(list) {
		return list[min(from, to):to], nil, nil
	}
	return list[from:to], aws.String(fmt.Sprint(to)), nil
}

func (s *stub) add(tasks ...stubTask) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks = append(s.tasks, tasks...)
}

func (s *stub) recorded() []stubCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// running adds a task that takes so long and returns it as its Start would.
func (s *stub) running(n int, takes time.Duration) partnercentral.Task {
	t := stubTask{
		id: fmt.Sprintf("task-%013d", n), object: fmt.Sprintf("O%d", n), catalog: partnercentral.CatalogAWS, start: time.Now(),
	}
	if takes > 0 {
		t.end = t.start.Add(takes)
	}
	s.add(t)
	return taskOf(t)
}

func taskOf(t stubTask) partnercentral.Task {
	return partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: t.catalog, ID: t.id,
		Status: partnercentral.TaskStatusInProgress, StartTime: t.start.UTC(), OpportunityID: t.object,
	}
}
