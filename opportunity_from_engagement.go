package partnercentral

import (
	"context"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// StartOpportunityFromEngagementTaskInput is the input of
// [Client.StartOpportunityFromEngagementTask].
type StartOpportunityFromEngagementTaskInput struct {
	// The catalog of the engagement: CatalogAWS or CatalogSandbox.
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

	// The lead context inside the engagement: a number without leading zeros,
	// as a string, such as "1".
	//
	// This member is required.
	ContextIdentifier *string `json:",omitempty"`

	// The engagement, by id (eng-…) or ARN.
	//
	// This member is required.
	Identifier *string `json:",omitempty"`

	// 1 to 200 tags for the resource snapshot job that the task creates.
	// Optional; leave it nil rather than empty.
	Tags []Tag `json:",omitempty"`
}

// StartOpportunityFromEngagementTaskOutput is the output of
// [Client.StartOpportunityFromEngagementTask]. The service often answers when
// the task has ended: read TaskStatus before waiting. A FAILED task is an
// answer, not an error.
type StartOpportunityFromEngagementTaskOutput struct {
	// Documented as the context of the request. Answers of the service have
	// another number there, presumably of the context that the task added: do
	// not match a task by it.
	ContextId *string `json:",omitempty"`

	// The engagement of the request.
	EngagementId *string `json:",omitempty"`

	// On failure, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// The opportunity that the task created, on success.
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

	// The id of the task. The service has been seen to leave it out of answers
	// to other Starts.
	TaskId *string `json:",omitempty"`

	// The state of the task.
	TaskStatus TaskStatus `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// StartOpportunityFromEngagementTaskAPIClient is the one method of [Client]
// that this operation needs, for callers who pass a mock.
type StartOpportunityFromEngagementTaskAPIClient interface {
	StartOpportunityFromEngagementTask(context.Context, *StartOpportunityFromEngagementTaskInput, ...func(*Options)) (*StartOpportunityFromEngagementTaskOutput, error)
}

var startOpportunityFromEngagementTask = operation[StartOpportunityFromEngagementTaskInput, StartOpportunityFromEngagementTaskOutput]{
	name:  "StartOpportunityFromEngagementTask",
	group: QuotaGroupWrites,
	token: func(in *StartOpportunityFromEngagementTaskInput) **string { return &in.ClientToken },
	sent:  (*StartOpportunityFromEngagementTaskInput).Task,
	validate: func(p *validate.Problems, in *StartOpportunityFromEngagementTaskInput) {
		p.Catalog(in.Catalog)
		p.ClientToken(in.ClientToken)
		p.Required("ContextIdentifier", in.ContextIdentifier, validate.ContextID)
		p.Required("Identifier", in.Identifier, validate.EngagementIDOrARN)
		checkTags(p, in.Tags)
	},
	check: func(out *StartOpportunityFromEngagementTaskOutput) error {
		return checkStarted(out.TaskId, out.TaskArn, out.TaskStatus)
	},
}

// StartOpportunityFromEngagementTask starts the task that makes a draft
// opportunity (ReviewStatus "Pending Submission") from a lead context of an
// engagement, links it to the engagement by a snapshot, and adds a customer
// project context. The draft is not submitted: complete it, then call
// [Client.StartEngagementFromOpportunityTask].
//
// Retries, by this client and by the caller, are safe as long as they use the
// same ClientToken. The call may take some 30 seconds.
func (c *Client) StartOpportunityFromEngagementTask(ctx context.Context, params *StartOpportunityFromEngagementTaskInput, optFns ...func(*Options)) (*StartOpportunityFromEngagementTaskOutput, error) {
	out, metadata, err := invoke(ctx, c, &startOpportunityFromEngagementTask, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

func (in *StartOpportunityFromEngagementTaskInput) startTask(ctx context.Context, client any, token string) (Task, error) {
	return startTask(ctx, client, &startOpportunityFromEngagementTask, StartOpportunityFromEngagementTaskAPIClient.StartOpportunityFromEngagementTask, (*StartOpportunityFromEngagementTaskOutput).Task, in, token)
}

func (in *StartOpportunityFromEngagementTaskInput) ownInput() StartTaskInput { return in }

func (in *StartOpportunityFromEngagementTaskInput) checkTask(token string) error {
	return checkTask(&startOpportunityFromEngagementTask, in, token)
}

// ListOpportunityFromEngagementTasksInput is the input of
// [Client.ListOpportunityFromEngagementTasks]. Filters are optional; how
// several of them combine is not documented.
type ListOpportunityFromEngagementTasksInput struct {
	// The catalog of the tasks: CatalogAWS or CatalogSandbox.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

	// Only tasks of these 1 to 10 contexts, each a number as a string.
	ContextIdentifier []string `json:",omitempty"`

	// Only tasks of these 1 to 10 engagements, by id or ARN.
	EngagementIdentifier []string `json:",omitempty"`

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

// ListOpportunityFromEngagementTaskSummary is one task of the list.
type ListOpportunityFromEngagementTaskSummary struct {
	// A context of the engagement. See
	// [StartOpportunityFromEngagementTaskOutput]: do not match a task by it.
	ContextId *string `json:",omitempty"`

	// The engagement that the opportunity is made from.
	EngagementId *string `json:",omitempty"`

	// On failure, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// The opportunity that the task created, when it succeeded.
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

// ListOpportunityFromEngagementTasksOutput is the output of
// [Client.ListOpportunityFromEngagementTasks].
type ListOpportunityFromEngagementTasksOutput struct {
	// The token of the next page. It does not promise more tasks: only a nil or
	// empty one ends the list.
	NextToken *string `json:",omitempty"`

	// The tasks of this page, possibly none.
	TaskSummaries []ListOpportunityFromEngagementTaskSummary `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// ListOpportunityFromEngagementTasksAPIClient is the one method of [Client]
// that this operation needs, for callers who pass a mock.
type ListOpportunityFromEngagementTasksAPIClient interface {
	ListOpportunityFromEngagementTasks(context.Context, *ListOpportunityFromEngagementTasksInput, ...func(*Options)) (*ListOpportunityFromEngagementTasksOutput, error)
}

var listOpportunityFromEngagementTasks = operation[ListOpportunityFromEngagementTasksInput, ListOpportunityFromEngagementTasksOutput]{
	name:  "ListOpportunityFromEngagementTasks",
	group: QuotaGroupReads,
	validate: func(p *validate.Problems, in *ListOpportunityFromEngagementTasksInput) {
		p.Catalog(in.Catalog)
		p.List("ContextIdentifier", in.ContextIdentifier, 10, validate.ContextID)
		p.List("EngagementIdentifier", in.EngagementIdentifier, 10, validate.EngagementIDOrARN)
		p.MaxResults(in.MaxResults, 1000)
		p.NextToken(in.NextToken)
		p.List("OpportunityIdentifier", in.OpportunityIdentifier, 10, validate.OpportunityID)
		checkSort(p, in.Sort)
		p.List("TaskIdentifier", in.TaskIdentifier, 10, validate.TaskIDOrARN)
		validate.Enum(p, "TaskStatus", in.TaskStatus, 3)
	},
	check: func(out *ListOpportunityFromEngagementTasksOutput) error {
		return checkListed(out.TaskSummaries, out.NextToken)
	},
}

// ListOpportunityFromEngagementTasks lists the tasks of the caller's account
// that make opportunities from engagements, one page a call. See
// [NewListOpportunityFromEngagementTasksPaginator] for all pages.
//
// By AWS's service authorization reference the call needs the permission to
// call ListEngagementFromOpportunityTasks, too.
func (c *Client) ListOpportunityFromEngagementTasks(ctx context.Context, params *ListOpportunityFromEngagementTasksInput, optFns ...func(*Options)) (*ListOpportunityFromEngagementTasksOutput, error) {
	out, metadata, err := invoke(ctx, c, &listOpportunityFromEngagementTasks, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

// ListOpportunityFromEngagementTasksPaginatorOptions are the options of
// [NewListOpportunityFromEngagementTasksPaginator].
type ListOpportunityFromEngagementTasksPaginatorOptions struct {
	// The most summaries of one page, 1 to 1000. 0 leaves it to the service.
	// Default: MaxResults of the input.
	Limit int32

	// Whether to end without an error when the service gives the same NextToken
	// twice. Otherwise that is an error, since the list would never end.
	StopOnDuplicateToken bool
}

// ListOpportunityFromEngagementTasksPaginator walks the pages of
// ListOpportunityFromEngagementTasks. It is not safe for concurrent use.
type ListOpportunityFromEngagementTasksPaginator struct {
	pager pager[ListOpportunityFromEngagementTasksInput, ListOpportunityFromEngagementTasksOutput, ListOpportunityFromEngagementTaskSummary]
}

// NewListOpportunityFromEngagementTasksPaginator returns a paginator that
// starts at the NextToken of params, or at the first page.
func NewListOpportunityFromEngagementTasksPaginator(client ListOpportunityFromEngagementTasksAPIClient, params *ListOpportunityFromEngagementTasksInput, optFns ...func(*ListOpportunityFromEngagementTasksPaginatorOptions)) *ListOpportunityFromEngagementTasksPaginator {
	return &ListOpportunityFromEngagementTasksPaginator{newPager(client.ListOpportunityFromEngagementTasks, params,
		func(in *ListOpportunityFromEngagementTasksInput) (**int32, **string) {
			return &in.MaxResults, &in.NextToken
		},
		func(out *ListOpportunityFromEngagementTasksOutput) (*string, []ListOpportunityFromEngagementTaskSummary) {
			return out.NextToken, out.TaskSummaries
		}, optFns)}
}

// HasMorePages reports whether there is another page to get. That page may be
// empty.
func (p *ListOpportunityFromEngagementTasksPaginator) HasMorePages() bool {
	return p.pager.hasMorePages()
}

// NextPage gets the next page. After an error it can be called again for the
// same page.
func (p *ListOpportunityFromEngagementTasksPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListOpportunityFromEngagementTasksOutput, error) {
	return p.pager.nextPage(ctx, optFns)
}

// Pages returns the pages that are left. The loop ends after the first error.
func (p *ListOpportunityFromEngagementTasksPaginator) Pages(ctx context.Context, optFns ...func(*Options)) iter.Seq2[*ListOpportunityFromEngagementTasksOutput, error] {
	return p.pager.pages(ctx, optFns)
}

// All returns the summaries of the pages that are left, and gets each page when
// it is needed. The loop ends after the first error, which comes with a zero
// summary.
func (p *ListOpportunityFromEngagementTasksPaginator) All(ctx context.Context, optFns ...func(*Options)) iter.Seq2[ListOpportunityFromEngagementTaskSummary, error] {
	return p.pager.all(ctx, optFns)
}

var opportunityFromEngagement = taskFamily{
	kind:       TaskKindOpportunityFromEngagement,
	inARN:      "opportunity-from-engagement-task",
	limits:     classicLimits,
	object:     func(t *Task) string { return t.EngagementID },
	objectName: "EngagementID",
	start:      method[StartOpportunityFromEngagementTaskAPIClient]("StartOpportunityFromEngagementTask"),
	polls:      []clientMethod{method[ListOpportunityFromEngagementTasksAPIClient]("ListOpportunityFromEngagementTasks")},
	list: listWith(ListOpportunityFromEngagementTasksAPIClient.ListOpportunityFromEngagementTasks,
		func(q *taskQuery) *ListOpportunityFromEngagementTasksInput {
			return &ListOpportunityFromEngagementTasksInput{
				Catalog:              &q.catalog,
				TaskIdentifier:       q.ids,
				EngagementIdentifier: q.objects,
				MaxResults:           q.maxResults(),
				NextToken:            q.nextToken(),
				Sort:                 q.sorted(),
			}
		},
		func(out *ListOpportunityFromEngagementTasksOutput) taskPage {
			return pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ListOpportunityFromEngagementTaskSummary).Task)
		}),
}

// Task returns the task of this Start before its answer is known, with kind,
// catalog, token and the engagement. Save it before the call, with its
// StartTime set to the present, and a waiter finds the task after a crash in
// which the answer was lost. Without the StartTime it may take an older task
// of the same engagement. To get exactly the task of this Start, repeat the
// Start with the same ClientToken.
func (in *StartOpportunityFromEngagementTaskInput) Task() Task {
	return Task{
		Kind:         TaskKindOpportunityFromEngagement,
		Catalog:      aws.ToString(in.Catalog),
		ClientToken:  aws.ToString(in.ClientToken),
		EngagementID: lastPart(aws.ToString(in.Identifier)),
	}
}

// Task returns the started task, ready to be waited for. The answer to a call
// of [Client] has the catalog, token and engagement of its request. For an
// output made by a mock the catalog is taken from TaskArn. Without a TaskArn
// it stays empty, and a [TaskWaiter] refuses the task with an error that says
// so.
func (out *StartOpportunityFromEngagementTaskOutput) Task() Task {
	t := answeredTask(TaskKindOpportunityFromEngagement, out.TaskId, out.TaskArn, out.TaskStatus, out.StartTime, out.ReasonCode, out.Message)
	t.OpportunityID = aws.ToString(out.OpportunityId)
	t.EngagementID = aws.ToString(out.EngagementId)
	t.ResourceSnapshotJobID = aws.ToString(out.ResourceSnapshotJobId)
	t.ContextID = aws.ToString(out.ContextId)
	return t.withSent(out.ResultMetadata)
}

// Task returns the listed task. Its catalog is taken from TaskArn; where that
// is missing, set it to the catalog of the List.
func (s *ListOpportunityFromEngagementTaskSummary) Task() Task {
	t := answeredTask(TaskKindOpportunityFromEngagement, s.TaskId, s.TaskArn, s.TaskStatus, s.StartTime, s.ReasonCode, s.Message)
	t.OpportunityID = aws.ToString(s.OpportunityId)
	t.EngagementID = aws.ToString(s.EngagementId)
	t.ResourceSnapshotJobID = aws.ToString(s.ResourceSnapshotJobId)
	t.ContextID = aws.ToString(s.ContextId)
	return t
}
