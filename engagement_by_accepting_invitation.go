package partnercentral

import (
	"context"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// StartEngagementByAcceptingInvitationTaskInput is the input of
// [Client.StartEngagementByAcceptingInvitationTask].
type StartEngagementByAcceptingInvitationTaskInput struct {
	// The catalog of the invitation: CatalogAWS or CatalogSandbox.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

	// Makes the Start idempotent: a Start repeated with the same token and
	// the same parameters gives the same task. 1 to 255 characters; a UUID,
	// or at most 64 printable ASCII characters without blanks, is safe with
	// the older rules of the service too. nil is replaced by a new UUID for
	// each call. An empty token is refused. Set a token of your own to be
	// able to repeat a Start after a crash: see [ClientTokenFor].
	ClientToken *string `json:",omitempty"`

	// The invitation, by id (engi-…) or ARN.
	//
	// This member is required.
	Identifier *string `json:",omitempty"`

	// 1 to 200 tags for the resource snapshot job that the task creates.
	// Optional; leave it nil rather than empty.
	Tags []Tag `json:",omitempty"`
}

// StartEngagementByAcceptingInvitationTaskOutput is the output of
// [Client.StartEngagementByAcceptingInvitationTask]. The service often answers
// when the task has ended: read TaskStatus before waiting. A FAILED task is
// an answer, not an error.
type StartEngagementByAcceptingInvitationTaskOutput struct {
	// The accepted invitation; an ARN where the request had one.
	EngagementInvitationId *string `json:",omitempty"`

	// On failure, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// The opportunity that the task created in the caller's account.
	OpportunityId *string `json:",omitempty"`

	// On failure, why.
	ReasonCode ReasonCode `json:",omitempty"`

	// The resource snapshot job that the task created.
	ResourceSnapshotJobId *string `json:",omitempty"`

	// When the task started. It differs by some milliseconds from the time that
	// a List gives for the same task: do not use it as a key.
	StartTime *time.Time `json:",omitempty"`

	// The ARN of the task. May be missing, as TaskId.
	TaskArn *string `json:",omitempty"`

	// The id of the task. The service has been seen to leave it out.
	TaskId *string `json:",omitempty"`

	// The state of the task.
	TaskStatus TaskStatus `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// StartEngagementByAcceptingInvitationTaskAPIClient is the one method of
// [Client] that this operation needs, for callers who pass a mock.
type StartEngagementByAcceptingInvitationTaskAPIClient interface {
	StartEngagementByAcceptingInvitationTask(context.Context, *StartEngagementByAcceptingInvitationTaskInput, ...func(*Options)) (*StartEngagementByAcceptingInvitationTaskOutput, error)
}

var startEngagementByAcceptingInvitationTask = operation[StartEngagementByAcceptingInvitationTaskInput, StartEngagementByAcceptingInvitationTaskOutput]{
	name:  "StartEngagementByAcceptingInvitationTask",
	group: QuotaGroupWrites,
	token: func(in *StartEngagementByAcceptingInvitationTaskInput) **string { return &in.ClientToken },
	sent:  (*StartEngagementByAcceptingInvitationTaskInput).Task,
	validate: func(p *validate.Problems, in *StartEngagementByAcceptingInvitationTaskInput) {
		p.Catalog(in.Catalog)
		p.ClientToken(in.ClientToken)
		p.Required("Identifier", in.Identifier, validate.InvitationIDOrARN)
		checkTags(p, in.Tags)
	},
	check: func(out *StartEngagementByAcceptingInvitationTaskOutput) error {
		return checkStarted(out.TaskId, out.TaskArn, out.TaskStatus)
	},
}

// StartEngagementByAcceptingInvitationTask starts the task that accepts an
// engagement invitation from AWS and creates an opportunity in the caller's
// account from it. It is for invitations with an opportunity as payload; a
// lead invitation is accepted with another operation of the service.
//
// Retries, by this client and by the caller, are safe as long as they use the
// same ClientToken. The call may take some 30 seconds.
func (c *Client) StartEngagementByAcceptingInvitationTask(ctx context.Context, params *StartEngagementByAcceptingInvitationTaskInput, optFns ...func(*Options)) (*StartEngagementByAcceptingInvitationTaskOutput, error) {
	out, metadata, err := invoke(ctx, c, &startEngagementByAcceptingInvitationTask, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

func (in *StartEngagementByAcceptingInvitationTaskInput) startTask(ctx context.Context, client any, token string) (Task, error) {
	return startTask(ctx, client, &startEngagementByAcceptingInvitationTask, StartEngagementByAcceptingInvitationTaskAPIClient.StartEngagementByAcceptingInvitationTask, (*StartEngagementByAcceptingInvitationTaskOutput).Task, in, token)
}

func (in *StartEngagementByAcceptingInvitationTaskInput) ownInput() StartTaskInput { return in }

func (in *StartEngagementByAcceptingInvitationTaskInput) checkTask(token string) error {
	return checkTask(&startEngagementByAcceptingInvitationTask, in, token)
}

// ListEngagementByAcceptingInvitationTasksInput is the input of
// [Client.ListEngagementByAcceptingInvitationTasks]. Filters are optional; how
// several of them combine is not documented.
type ListEngagementByAcceptingInvitationTasksInput struct {
	// The catalog of the tasks: CatalogAWS or CatalogSandbox.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

	// Only tasks of these 1 to 10 invitations, by id or ARN.
	EngagementInvitationIdentifier []string `json:",omitempty"`

	// The most summaries of one page, 1 to 1000. The service has a default.
	MaxResults *int32 `json:",omitempty"`

	// The token of the page to get, from the answer before it.
	NextToken *string `json:",omitempty"`

	// Only tasks of these 1 to 10 opportunities, by id.
	OpportunityIdentifier []string `json:",omitempty"`

	// The order. The service has a default.
	Sort *ListTasksSortBase `json:",omitempty"`

	// Only these 1 to 10 tasks, by id or ARN.
	TaskIdentifier []string `json:",omitempty"`

	// Only tasks in these 1 to 3 states.
	TaskStatus []TaskStatus `json:",omitempty"`
}

// ListEngagementByAcceptingInvitationTaskSummary is one task of the list.
type ListEngagementByAcceptingInvitationTaskSummary struct {
	// The accepted invitation.
	EngagementInvitationId *string `json:",omitempty"`

	// On failure, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// The opportunity that the task created.
	OpportunityId *string `json:",omitempty"`

	// On failure, why.
	ReasonCode ReasonCode `json:",omitempty"`

	// The resource snapshot job that the task created.
	ResourceSnapshotJobId *string `json:",omitempty"`

	// When the task started.
	StartTime *time.Time `json:",omitempty"`

	// The ARN of the task.
	TaskArn *string `json:",omitempty"`

	// The id of the task.
	TaskId *string `json:",omitempty"`

	// The state of the task.
	TaskStatus TaskStatus `json:",omitempty"`
}

// ListEngagementByAcceptingInvitationTasksOutput is the output of
// [Client.ListEngagementByAcceptingInvitationTasks].
type ListEngagementByAcceptingInvitationTasksOutput struct {
	// The token of the next page. It does not promise more tasks: only a nil or
	// empty one ends the list.
	NextToken *string `json:",omitempty"`

	// The tasks of this page, possibly none.
	TaskSummaries []ListEngagementByAcceptingInvitationTaskSummary `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// ListEngagementByAcceptingInvitationTasksAPIClient is the one method of
// [Client] that this operation needs, for callers who pass a mock.
type ListEngagementByAcceptingInvitationTasksAPIClient interface {
	ListEngagementByAcceptingInvitationTasks(context.Context, *ListEngagementByAcceptingInvitationTasksInput, ...func(*Options)) (*ListEngagementByAcceptingInvitationTasksOutput, error)
}

var listEngagementByAcceptingInvitationTasks = operation[ListEngagementByAcceptingInvitationTasksInput, ListEngagementByAcceptingInvitationTasksOutput]{
	name:  "ListEngagementByAcceptingInvitationTasks",
	group: QuotaGroupReads,
	validate: func(p *validate.Problems, in *ListEngagementByAcceptingInvitationTasksInput) {
		p.Catalog(in.Catalog)
		p.List("EngagementInvitationIdentifier", in.EngagementInvitationIdentifier, 10, validate.InvitationIDOrARN)
		p.MaxResults(in.MaxResults, 1000)
		p.NextToken(in.NextToken)
		p.List("OpportunityIdentifier", in.OpportunityIdentifier, 10, validate.OpportunityID)
		checkSort(p, in.Sort)
		p.List("TaskIdentifier", in.TaskIdentifier, 10, validate.TaskIDOrARN)
		validate.Enum(p, "TaskStatus", in.TaskStatus, 3)
	},
	check: func(out *ListEngagementByAcceptingInvitationTasksOutput) error {
		return checkListed(out.TaskSummaries, out.NextToken)
	},
}

// ListEngagementByAcceptingInvitationTasks lists the tasks of the caller's
// account that accept invitations, one page a call. See
// [NewListEngagementByAcceptingInvitationTasksPaginator] for all pages.
func (c *Client) ListEngagementByAcceptingInvitationTasks(ctx context.Context, params *ListEngagementByAcceptingInvitationTasksInput, optFns ...func(*Options)) (*ListEngagementByAcceptingInvitationTasksOutput, error) {
	out, metadata, err := invoke(ctx, c, &listEngagementByAcceptingInvitationTasks, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

// ListEngagementByAcceptingInvitationTasksPaginatorOptions are the options of
// [NewListEngagementByAcceptingInvitationTasksPaginator].
type ListEngagementByAcceptingInvitationTasksPaginatorOptions struct {
	// The most summaries of one page, 1 to 1000. 0 leaves it to the service.
	// Default: MaxResults of the input.
	Limit int32

	// Whether to end without an error when the service gives the same NextToken
	// twice. Otherwise that is an error, since the list would never end.
	StopOnDuplicateToken bool
}

// ListEngagementByAcceptingInvitationTasksPaginator walks the pages of
// ListEngagementByAcceptingInvitationTasks. It is not safe for concurrent use.
type ListEngagementByAcceptingInvitationTasksPaginator struct {
	pager pager[ListEngagementByAcceptingInvitationTasksInput, ListEngagementByAcceptingInvitationTasksOutput, ListEngagementByAcceptingInvitationTaskSummary]
}

// NewListEngagementByAcceptingInvitationTasksPaginator returns a paginator that
// starts at the NextToken of params, or at the first page.
func NewListEngagementByAcceptingInvitationTasksPaginator(client ListEngagementByAcceptingInvitationTasksAPIClient, params *ListEngagementByAcceptingInvitationTasksInput, optFns ...func(*ListEngagementByAcceptingInvitationTasksPaginatorOptions)) *ListEngagementByAcceptingInvitationTasksPaginator {
	return &ListEngagementByAcceptingInvitationTasksPaginator{newPager(client.ListEngagementByAcceptingInvitationTasks, params,
		func(in *ListEngagementByAcceptingInvitationTasksInput) (**int32, **string) {
			return &in.MaxResults, &in.NextToken
		},
		func(out *ListEngagementByAcceptingInvitationTasksOutput) (*string, []ListEngagementByAcceptingInvitationTaskSummary) {
			return out.NextToken, out.TaskSummaries
		}, optFns)}
}

// HasMorePages reports whether there is another page to get. That page may be
// empty.
func (p *ListEngagementByAcceptingInvitationTasksPaginator) HasMorePages() bool {
	return p.pager.hasMorePages()
}

// NextPage gets the next page. After an error it can be called again for the
// same page.
func (p *ListEngagementByAcceptingInvitationTasksPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListEngagementByAcceptingInvitationTasksOutput, error) {
	return p.pager.nextPage(ctx, optFns)
}

// Pages returns the pages that are left. The loop ends after the first error.
func (p *ListEngagementByAcceptingInvitationTasksPaginator) Pages(ctx context.Context, optFns ...func(*Options)) iter.Seq2[*ListEngagementByAcceptingInvitationTasksOutput, error] {
	return p.pager.pages(ctx, optFns)
}

// All returns the summaries of the pages that are left, and gets each page when
// it is needed. The loop ends after the first error, which comes with a zero
// summary.
func (p *ListEngagementByAcceptingInvitationTasksPaginator) All(ctx context.Context, optFns ...func(*Options)) iter.Seq2[ListEngagementByAcceptingInvitationTaskSummary, error] {
	return p.pager.all(ctx, optFns)
}

var engagementByAcceptingInvitation = taskFamily{
	kind:       TaskKindEngagementByAcceptingInvitation,
	inARN:      "engagement-by-accepting-invitation-task",
	limits:     classicLimits,
	object:     func(t *Task) string { return t.EngagementInvitationID },
	objectName: "EngagementInvitationID",
	announced:  true,
	adopts:     adoptsByObject,
	start:      method[StartEngagementByAcceptingInvitationTaskAPIClient]("StartEngagementByAcceptingInvitationTask"),
	polls:      []clientMethod{method[ListEngagementByAcceptingInvitationTasksAPIClient]("ListEngagementByAcceptingInvitationTasks")},
	list: listWith(ListEngagementByAcceptingInvitationTasksAPIClient.ListEngagementByAcceptingInvitationTasks,
		func(q *taskQuery) *ListEngagementByAcceptingInvitationTasksInput {
			return &ListEngagementByAcceptingInvitationTasksInput{
				Catalog:                        &q.catalog,
				TaskIdentifier:                 q.ids,
				EngagementInvitationIdentifier: q.objects,
				MaxResults:                     q.maxResults(),
				NextToken:                      q.nextToken(),
				Sort:                           q.sorted(),
			}
		},
		func(out *ListEngagementByAcceptingInvitationTasksOutput) taskPage {
			return pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ListEngagementByAcceptingInvitationTaskSummary).Task)
		}),
}

// Task returns the task of this Start before its answer is known, with kind,
// catalog, token and the object. Save it before the call, with its StartTime
// set to the present, and a waiter finds the task after a crash in which the
// answer was lost. Without the StartTime it may take an older task of the same
// object. To get exactly the task of this Start, repeat the Start with the
// same ClientToken.
func (in *StartEngagementByAcceptingInvitationTaskInput) Task() Task {
	return Task{
		Kind:                   TaskKindEngagementByAcceptingInvitation,
		Catalog:                aws.ToString(in.Catalog),
		ClientToken:            aws.ToString(in.ClientToken),
		EngagementInvitationID: lastPart(aws.ToString(in.Identifier)),
	}
}

// Task returns the started task, ready to be waited for. The answer to a call
// of [Client] has the catalog, token and invitation of its request. For an
// output made by a mock the catalog is taken from TaskArn. Without a TaskArn
// it stays empty, and a [TaskWaiter] refuses the task with an error that says
// so.
func (out *StartEngagementByAcceptingInvitationTaskOutput) Task() Task {
	t := answeredTask(TaskKindEngagementByAcceptingInvitation, out.TaskId, out.TaskArn, out.TaskStatus, out.StartTime, out.ReasonCode, out.Message)
	t.OpportunityID = aws.ToString(out.OpportunityId)
	t.EngagementInvitationID = lastPart(aws.ToString(out.EngagementInvitationId))
	t.ResourceSnapshotJobID = aws.ToString(out.ResourceSnapshotJobId)
	return t.withSent(out.ResultMetadata)
}

// Task returns the listed task. Its catalog is taken from TaskArn; where that
// is missing, set it to the catalog of the List.
func (s *ListEngagementByAcceptingInvitationTaskSummary) Task() Task {
	t := answeredTask(TaskKindEngagementByAcceptingInvitation, s.TaskId, s.TaskArn, s.TaskStatus, s.StartTime, s.ReasonCode, s.Message)
	t.OpportunityID = aws.ToString(s.OpportunityId)
	t.EngagementInvitationID = lastPart(aws.ToString(s.EngagementInvitationId))
	t.ResourceSnapshotJobID = aws.ToString(s.ResourceSnapshotJobId)
	return t
}
