package partnercentral

import (
	"context"
	"time"

	"github.com/aws/smithy-go/middleware"
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

	// Makes the Start idempotent: a Start repeated with the same token and the
	// same parameters gives the same task. 1 to 255 characters; a UUID, or at
	// most 64 printable ASCII characters without blanks, is safe with older
	// rules of the service too. Filled in with a UUID, once per call, when nil
	// or empty; use a token of your own to be able to repeat a Start after a
	// crash.
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
// the task has ended: look at TaskStatus before waiting. A FAILED task is an
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
	group: writes,
	token: func(in *StartEngagementFromOpportunityTaskInput) **string { return &in.ClientToken },
	sent:  (*StartEngagementFromOpportunityTaskInput).Task,
	validate: func(v *validator, in *StartEngagementFromOpportunityTaskInput) {
		v.awsSubmission(in.AwsSubmission)
		v.catalog(in.Catalog)
		v.clientToken(in.ClientToken)
		v.required("Identifier", in.Identifier, opportunityIdentifier)
		v.tags(in.Tags)
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

// startTask sends a copy of the input with the token, for [Runner].
func (in *StartEngagementFromOpportunityTaskInput) startTask(ctx context.Context, client any, token string, optFns ...func(*Options)) (Task, error) {
	c, ok := client.(StartEngagementFromOpportunityTaskAPIClient)
	if !ok {
		return Task{}, &missingMethodError{client, "StartEngagementFromOpportunityTask"}
	}
	sent := *in
	sent.ClientToken = &token
	out, err := c.StartEngagementFromOpportunityTask(ctx, &sent, optFns...)
	if err != nil {
		return Task{}, err
	}
	if out == nil {
		return Task{}, errNoOutput
	}
	return out.Task(), nil
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
	group: reads,
	validate: func(v *validator, in *ListEngagementFromOpportunityTasksInput) {
		v.catalog(in.Catalog)
		v.list("EngagementIdentifier", in.EngagementIdentifier, engagementArnOrIdentifier)
		v.page(in.MaxResults, in.NextToken)
		v.list("OpportunityIdentifier", in.OpportunityIdentifier, opportunityIdentifier)
		v.sort(in.Sort)
		v.list("TaskIdentifier", in.TaskIdentifier, taskArnOrIdentifier)
		v.taskStatus(in.TaskStatus)
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
