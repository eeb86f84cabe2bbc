package partnercentral

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// taskFamily is the declaration of a kind of task: all that the waiter knows
// of it. The waiter itself makes no difference between kinds.
type taskFamily struct {
	kind TaskKind
	// limits of the List.
	limits poll.Limits
	// object returns what finds a task that has no id, or "".
	object func(*Task) string
	// objectName is the member of Task that object returns.
	objectName string
	// list makes one call. It is nil for a client that cannot make it.
	list func(client any) listTasks
	// perSecond is the share that is used of a quota of the kind's own, in calls
	// a second. 0 for kinds whose Lists count as reads.
	perSecond float64
}

// listTasks makes one List call.
type listTasks func(context.Context, taskQuery, ...func(*Options)) (taskPage, error)

// taskQuery is what a List is asked for: tasks by id or by object, or neither,
// which means a page of all, newest first.
type taskQuery struct {
	catalog string
	ids     []string
	objects []string
	size    int32
	token   string
	// awaited reports whether anybody waits for a listed task.
	awaited func(*Task) bool
	// turn waits until the budget allows a call after the first.
	turn func(context.Context) error
}

// all tells that the query is for a page of all tasks.
func (q *taskQuery) all() bool { return q.ids == nil && q.objects == nil }

func (q *taskQuery) sorted() *ListTasksSortBase {
	if !q.all() {
		// How sorting and filters combine is not documented, and an answer by
		// id needs no order.
		return nil
	}
	return &ListTasksSortBase{SortBy: ListTasksSortNameStartTime, SortOrder: SortOrderDescending}
}

func (q *taskQuery) maxResults() *int32 {
	if q.size == 0 {
		return nil
	}
	return aws.Int32(q.size)
}

func (q *taskQuery) nextToken() *string {
	if q.token == "" {
		return nil
	}
	return &q.token
}

// taskPage is the answer to a List.
type taskPage struct {
	tasks    []Task
	next     string
	metadata middleware.Metadata
	// errs are what kept the list function from getting results of listed tasks,
	// by id.
	errs map[string]error
}

// pageOf is the page that an output of a List describes.
func pageOf[S any](next *string, metadata middleware.Metadata, summaries []S, task func(*S) Task) taskPage {
	page := taskPage{next: deref(next), metadata: metadata, tasks: make([]Task, len(summaries))}
	for i := range summaries {
		page.tasks[i] = task(&summaries[i])
	}
	return page
}

// classicLimits are those that the model states for the classic Lists.
var classicLimits = poll.Limits{IDs: 10, Page: 1000}

var taskFamilies = [...]taskFamily{
	{
		kind:       TaskKindEngagementByAcceptingInvitation,
		limits:     classicLimits,
		object:     func(t *Task) string { return t.EngagementInvitationID },
		objectName: "EngagementInvitationID",
		list: func(client any) listTasks {
			c, ok := client.(ListEngagementByAcceptingInvitationTasksAPIClient)
			if !ok {
				return nil
			}
			return func(ctx context.Context, q taskQuery, optFns ...func(*Options)) (taskPage, error) {
				out, err := c.ListEngagementByAcceptingInvitationTasks(ctx, &ListEngagementByAcceptingInvitationTasksInput{
					Catalog:                        &q.catalog,
					TaskIdentifier:                 q.ids,
					EngagementInvitationIdentifier: q.objects,
					MaxResults:                     q.maxResults(),
					NextToken:                      q.nextToken(),
					Sort:                           q.sorted(),
				}, optFns...)
				if err != nil {
					return taskPage{}, err
				}
				if out == nil {
					return taskPage{}, errNoOutput
				}
				return pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ListEngagementByAcceptingInvitationTaskSummary).Task), nil
			}
		},
	},
	{
		kind:       TaskKindEngagementFromOpportunity,
		limits:     classicLimits,
		object:     func(t *Task) string { return t.OpportunityID },
		objectName: "OpportunityID",
		list: func(client any) listTasks {
			c, ok := client.(ListEngagementFromOpportunityTasksAPIClient)
			if !ok {
				return nil
			}
			return func(ctx context.Context, q taskQuery, optFns ...func(*Options)) (taskPage, error) {
				out, err := c.ListEngagementFromOpportunityTasks(ctx, &ListEngagementFromOpportunityTasksInput{
					Catalog:               &q.catalog,
					TaskIdentifier:        q.ids,
					OpportunityIdentifier: q.objects,
					MaxResults:            q.maxResults(),
					NextToken:             q.nextToken(),
					Sort:                  q.sorted(),
				}, optFns...)
				if err != nil {
					return taskPage{}, err
				}
				if out == nil {
					return taskPage{}, errNoOutput
				}
				return pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ListEngagementFromOpportunityTaskSummary).Task), nil
			}
		},
	},
	opportunityFromEngagementFamily,
	prospectingFamily,
}

// familyOf returns the declaration of a kind, or nil.
func familyOf(kind TaskKind) *taskFamily {
	for i := range taskFamilies {
		if taskFamilies[i].kind == kind {
			return &taskFamilies[i]
		}
	}
	return nil
}
