package partnercentral

import (
	"context"
	"time"

	"github.com/aws/smithy-go/middleware"
)

// StartEngagementByAcceptingInvitationTaskInput is the input of
// [Client.StartEngagementByAcceptingInvitationTask].
type StartEngagementByAcceptingInvitationTaskInput struct {
	// The catalog of the invitation: CatalogAWS or CatalogSandbox.
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
// when the task has ended: look at TaskStatus before waiting. A FAILED task is
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
	group: writes,
	token: func(in *StartEngagementByAcceptingInvitationTaskInput) **string { return &in.ClientToken },
	sent:  (*StartEngagementByAcceptingInvitationTaskInput).Task,
	validate: func(v *validator, in *StartEngagementByAcceptingInvitationTaskInput) {
		v.catalog(in.Catalog)
		v.clientToken(in.ClientToken)
		v.required("Identifier", in.Identifier, engagementInvitationArnOrIdentifier)
		v.tags(in.Tags)
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

// startTask sends a copy of the input with the token, for [Runner].
func (in *StartEngagementByAcceptingInvitationTaskInput) startTask(ctx context.Context, client any, token string, optFns ...func(*Options)) (Task, error) {
	c, ok := client.(StartEngagementByAcceptingInvitationTaskAPIClient)
	if !ok {
		return Task{}, &missingMethodError{client, "StartEngagementByAcceptingInvitationTask"}
	}
	sent := *in
	sent.ClientToken = &token
	out, err := c.StartEngagementByAcceptingInvitationTask(ctx, &sent, optFns...)
	if err != nil {
		return Task{}, err
	}
	if out == nil {
		return Task{}, errNoOutput
	}
	return out.Task(), nil
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
	group: reads,
	validate: func(v *validator, in *ListEngagementByAcceptingInvitationTasksInput) {
		v.catalog(in.Catalog)
		v.list("EngagementInvitationIdentifier", in.EngagementInvitationIdentifier, engagementInvitationArnOrIdentifier)
		v.page(in.MaxResults, in.NextToken)
		v.list("OpportunityIdentifier", in.OpportunityIdentifier, opportunityIdentifier)
		v.sort(in.Sort)
		v.list("TaskIdentifier", in.TaskIdentifier, taskArnOrIdentifier)
		v.taskStatus(in.TaskStatus)
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
