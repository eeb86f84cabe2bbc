package partnercentral

import (
	"context"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// StartEngagementFromOpportunityTaskInput is the input of
// [Client.StartEngagementFromOpportunityTask].
type StartEngagementFromOpportunityTaskInput struct {
	// How the opportunity is submitted.
	//
	// This member is required.
	AwsSubmission *AwsSubmission `json:",omitempty"`

	// The catalog of the opportunity: CatalogAWS or CatalogSandbox.
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

	// The opportunity, by id (O…). An ARN is not accepted.
	//
	// This member is required.
	Identifier *string `json:",omitempty"`

	// 1 to 200 tags for the resource snapshot job that the task creates.
	// Optional; leave it nil rather than empty.
	Tags []Tag `json:",omitempty"`
}

// StartEngagementFromOpportunityTaskOutput is the output of
// [Client.StartEngagementFromOpportunityTask]. The service often answers when
// the task has ended: read TaskStatus before waiting. A FAILED task is an
// answer, not an error. COMPLETE means handed to AWS, not approved.
type StartEngagementFromOpportunityTaskOutput struct {
	// The engagement. Documented only for COMPLETE.
	EngagementId *string `json:",omitempty"`

	// The invitation to AWS. Documented only for COMPLETE, and not always there.
	EngagementInvitationId *string `json:",omitempty"`

	// On failure, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// The submitted opportunity.
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

// StartEngagementFromOpportunityTaskAPIClient is the one method of [Client]
// that this operation needs, for callers who pass a mock.
type StartEngagementFromOpportunityTaskAPIClient interface {
	StartEngagementFromOpportunityTask(context.Context, *StartEngagementFromOpportunityTaskInput, ...func(*Options)) (*StartEngagementFromOpportunityTaskOutput, error)
}

var startEngagementFromOpportunityTask = operation[StartEngagementFromOpportunityTaskInput, StartEngagementFromOpportunityTaskOutput]{
	name:  "StartEngagementFromOpportunityTask",
	group: QuotaGroupWrites,
	token: func(in *StartEngagementFromOpportunityTaskInput) **string { return &in.ClientToken },
	sent:  (*StartEngagementFromOpportunityTaskInput).Task,
	validate: func(p *validate.Problems, in *StartEngagementFromOpportunityTaskInput) {
		checkSubmission(p, in.AwsSubmission)
		p.Catalog(in.Catalog)
		p.ClientToken(in.ClientToken)
		p.Required("Identifier", in.Identifier, validate.OpportunityID)
		checkTags(p, in.Tags)
	},
	check: func(out *StartEngagementFromOpportunityTaskOutput) error {
		return checkStarted(out.TaskId, out.TaskArn, out.TaskStatus)
	},
}

// StartEngagementFromOpportunityTask starts the task that submits one of the
// caller's opportunities to AWS for co-selling: it creates an engagement if
// there is none, a snapshot of the opportunity, an invitation to AWS, and
// submits the opportunity.
//
// Retries, by this client and by the caller, are safe as long as they use the
// same ClientToken. The call may take some 30 seconds.
func (c *Client) StartEngagementFromOpportunityTask(ctx context.Context, params *StartEngagementFromOpportunityTaskInput, optFns ...func(*Options)) (*StartEngagementFromOpportunityTaskOutput, error) {
	out, metadata, err := invoke(ctx, c, &startEngagementFromOpportunityTask, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

func (in *StartEngagementFromOpportunityTaskInput) startTask(ctx context.Context, client any, token string) (Task, error) {
	return startTask(ctx, client, &startEngagementFromOpportunityTask, StartEngagementFromOpportunityTaskAPIClient.StartEngagementFromOpportunityTask, (*StartEngagementFromOpportunityTaskOutput).Task, in, token)
}

func (in *StartEngagementFromOpportunityTaskInput) ownInput() StartTaskInput { return in }

func (in *StartEngagementFromOpportunityTaskInput) checkTask(token string) error {
	return checkTask(&startEngagementFromOpportunityTask, in, token)
}

// ListEngagementFromOpportunityTasksInput is the input of
// [Client.ListEngagementFromOpportunityTasks]. Filters are optional; how
// several of them combine is not documented.
type ListEngagementFromOpportunityTasksInput struct {
	// The catalog of the tasks: CatalogAWS or CatalogSandbox.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

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

// ListEngagementFromOpportunityTaskSummary is one task of the list.
type ListEngagementFromOpportunityTaskSummary struct {
	// The engagement, when the task succeeded.
	EngagementId *string `json:",omitempty"`

	// The invitation to AWS.
	EngagementInvitationId *string `json:",omitempty"`

	// On failure, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// The submitted opportunity.
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

// ListEngagementFromOpportunityTasksOutput is the output of
// [Client.ListEngagementFromOpportunityTasks].
type ListEngagementFromOpportunityTasksOutput struct {
	// The token of the next page. It does not promise more tasks: only a nil or
	// empty one ends the list.
	NextToken *string `json:",omitempty"`

	// The tasks of this page, possibly none.
	TaskSummaries []ListEngagementFromOpportunityTaskSummary `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// ListEngagementFromOpportunityTasksAPIClient is the one method of [Client]
// that this operation needs, for callers who pass a mock.
type ListEngagementFromOpportunityTasksAPIClient interface {
	ListEngagementFromOpportunityTasks(context.Context, *ListEngagementFromOpportunityTasksInput, ...func(*Options)) (*ListEngagementFromOpportunityTasksOutput, error)
}

var listEngagementFromOpportunityTasks = operation[ListEngagementFromOpportunityTasksInput, ListEngagementFromOpportunityTasksOutput]{
	name:  "ListEngagementFromOpportunityTasks",
	group: QuotaGroupReads,
	validate: func(p *validate.Problems, in *ListEngagementFromOpportunityTasksInput) {
		p.Catalog(in.Catalog)
		p.List("EngagementIdentifier", in.EngagementIdentifier, 10, validate.EngagementIDOrARN)
		p.MaxResults(in.MaxResults, 1000)
		p.NextToken(in.NextToken)
		p.List("OpportunityIdentifier", in.OpportunityIdentifier, 10, validate.OpportunityID)
		checkSort(p, in.Sort)
		p.List("TaskIdentifier", in.TaskIdentifier, 10, validate.TaskIDOrARN)
		validate.Enum(p, "TaskStatus", in.TaskStatus, 3)
	},
	check: func(out *ListEngagementFromOpportunityTasksOutput) error {
		return checkListed(out.TaskSummaries, out.NextToken)
	},
}

// ListEngagementFromOpportunityTasks lists the tasks of the caller's account
// that submit opportunities, one page a call. See
// [NewListEngagementFromOpportunityTasksPaginator] for all pages.
func (c *Client) ListEngagementFromOpportunityTasks(ctx context.Context, params *ListEngagementFromOpportunityTasksInput, optFns ...func(*Options)) (*ListEngagementFromOpportunityTasksOutput, error) {
	out, metadata, err := invoke(ctx, c, &listEngagementFromOpportunityTasks, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

// ListEngagementFromOpportunityTasksPaginatorOptions are the options of
// [NewListEngagementFromOpportunityTasksPaginator].
type ListEngagementFromOpportunityTasksPaginatorOptions struct {
	// The most summaries of one page, 1 to 1000. 0 leaves it to the service.
	// Default: MaxResults of the input.
	Limit int32

	// Whether to end without an error when the service gives the same NextToken
	// twice. Otherwise that is an error, since the list would never end.
	StopOnDuplicateToken bool
}

// ListEngagementFromOpportunityTasksPaginator walks the pages of
// ListEngagementFromOpportunityTasks. It is not safe for concurrent use.
type ListEngagementFromOpportunityTasksPaginator struct {
	pager pager[ListEngagementFromOpportunityTasksInput, ListEngagementFromOpportunityTasksOutput, ListEngagementFromOpportunityTaskSummary]
}

// NewListEngagementFromOpportunityTasksPaginator returns a paginator that
// starts at the NextToken of params, or at the first page.
func NewListEngagementFromOpportunityTasksPaginator(client ListEngagementFromOpportunityTasksAPIClient, params *ListEngagementFromOpportunityTasksInput, optFns ...func(*ListEngagementFromOpportunityTasksPaginatorOptions)) *ListEngagementFromOpportunityTasksPaginator {
	return &ListEngagementFromOpportunityTasksPaginator{newPager(client.ListEngagementFromOpportunityTasks, params,
		func(in *ListEngagementFromOpportunityTasksInput) (**int32, **string) {
			return &in.MaxResults, &in.NextToken
		},
		func(out *ListEngagementFromOpportunityTasksOutput) (*string, []ListEngagementFromOpportunityTaskSummary) {
			return out.NextToken, out.TaskSummaries
		}, optFns)}
}

// HasMorePages reports whether there is another page to get. That page may be
// empty.
func (p *ListEngagementFromOpportunityTasksPaginator) HasMorePages() bool {
	return p.pager.hasMorePages()
}

// NextPage gets the next page. After an error it can be called again for the
// same page.
func (p *ListEngagementFromOpportunityTasksPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListEngagementFromOpportunityTasksOutput, error) {
	return p.pager.nextPage(ctx, optFns)
}

// Pages returns the pages that are left. The loop ends after the first error.
func (p *ListEngagementFromOpportunityTasksPaginator) Pages(ctx context.Context, optFns ...func(*Options)) iter.Seq2[*ListEngagementFromOpportunityTasksOutput, error] {
	return p.pager.pages(ctx, optFns)
}

// All returns the summaries of the pages that are left, and gets each page when
// it is needed. The loop ends after the first error, which comes with a zero
// summary.
func (p *ListEngagementFromOpportunityTasksPaginator) All(ctx context.Context, optFns ...func(*Options)) iter.Seq2[ListEngagementFromOpportunityTaskSummary, error] {
	return p.pager.all(ctx, optFns)
}

var engagementFromOpportunity = taskFamily{
	kind:       TaskKindEngagementFromOpportunity,
	inARN:      "engagement-from-opportunity-task",
	limits:     classicLimits,
	object:     func(t *Task) string { return t.OpportunityID },
	objectName: "OpportunityID",
	announced:  true,
	adopts:     adoptsByObject,
	start:      method[StartEngagementFromOpportunityTaskAPIClient]("StartEngagementFromOpportunityTask"),
	polls:      []clientMethod{method[ListEngagementFromOpportunityTasksAPIClient]("ListEngagementFromOpportunityTasks")},
	list: listWith(ListEngagementFromOpportunityTasksAPIClient.ListEngagementFromOpportunityTasks,
		func(q *taskQuery) *ListEngagementFromOpportunityTasksInput {
			return &ListEngagementFromOpportunityTasksInput{
				Catalog:               &q.catalog,
				TaskIdentifier:        q.ids,
				OpportunityIdentifier: q.objects,
				MaxResults:            q.maxResults(),
				NextToken:             q.nextToken(),
				Sort:                  q.sorted(),
			}
		},
		func(out *ListEngagementFromOpportunityTasksOutput) taskPage {
			return pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ListEngagementFromOpportunityTaskSummary).Task)
		}),
}

// Task returns the task of this Start before its answer is known, with kind,
// catalog, token and the object. Save it before the call, with its StartTime
// set to the present, and a waiter finds the task after a crash in which the
// answer was lost. Without the StartTime it may take an older task of the same
// object. To get exactly the task of this Start, repeat the Start with the
// same ClientToken.
func (in *StartEngagementFromOpportunityTaskInput) Task() Task {
	return Task{
		Kind:          TaskKindEngagementFromOpportunity,
		Catalog:       aws.ToString(in.Catalog),
		ClientToken:   aws.ToString(in.ClientToken),
		OpportunityID: aws.ToString(in.Identifier),
	}
}

// Task returns the started task, ready to be waited for. The answer to a call
// of [Client] has the catalog, token and opportunity of its request. For an
// output made by a mock the catalog is taken from TaskArn. Without a TaskArn
// it stays empty, and a [TaskWaiter] refuses the task with an error that says
// so.
func (out *StartEngagementFromOpportunityTaskOutput) Task() Task {
	t := answeredTask(TaskKindEngagementFromOpportunity, out.TaskId, out.TaskArn, out.TaskStatus, out.StartTime, out.ReasonCode, out.Message)
	t.OpportunityID = aws.ToString(out.OpportunityId)
	t.EngagementID = aws.ToString(out.EngagementId)
	t.EngagementInvitationID = lastPart(aws.ToString(out.EngagementInvitationId))
	t.ResourceSnapshotJobID = aws.ToString(out.ResourceSnapshotJobId)
	return t.withSent(out.ResultMetadata)
}

// Task returns the listed task. Its catalog is taken from TaskArn; where that
// is missing, set it to the catalog of the List.
func (s *ListEngagementFromOpportunityTaskSummary) Task() Task {
	t := answeredTask(TaskKindEngagementFromOpportunity, s.TaskId, s.TaskArn, s.TaskStatus, s.StartTime, s.ReasonCode, s.Message)
	t.OpportunityID = aws.ToString(s.OpportunityId)
	t.EngagementID = aws.ToString(s.EngagementId)
	t.EngagementInvitationID = lastPart(aws.ToString(s.EngagementInvitationId))
	t.ResourceSnapshotJobID = aws.ToString(s.ResourceSnapshotJobId)
	return t
}

func checkSubmission(p *validate.Problems, s *AwsSubmission) {
	switch {
	case s == nil:
		p.Missing("AwsSubmission")
	case s.InvolvementType == "":
		p.Missing("AwsSubmission.InvolvementType")
	}
}
