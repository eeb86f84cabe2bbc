package partnercentral

import (
	"context"
	"time"

	"github.com/aws/smithy-go/middleware"
)

// StartOpportunityFromEngagementTaskInput is the input of
// [Client.StartOpportunityFromEngagementTask].
type StartOpportunityFromEngagementTaskInput struct {
	// The catalog of the engagement: CatalogAWS or CatalogSandbox.
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
// the task has ended: look at TaskStatus before waiting. A FAILED task is an
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
	group: writes,
	token: func(in *StartOpportunityFromEngagementTaskInput) **string { return &in.ClientToken },
	sent:  (*StartOpportunityFromEngagementTaskInput).Task,
	validate: func(v *validator, in *StartOpportunityFromEngagementTaskInput) {
		v.catalog(in.Catalog)
		v.clientToken(in.ClientToken)
		v.required("ContextIdentifier", in.ContextIdentifier, contextIdentifier)
		v.required("Identifier", in.Identifier, engagementArnOrIdentifier)
		v.tags(in.Tags)
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

// startTask sends a copy of the input with the token, for [Runner].
func (in *StartOpportunityFromEngagementTaskInput) startTask(ctx context.Context, client any, token string, optFns ...func(*Options)) (Task, error) {
	c, ok := client.(StartOpportunityFromEngagementTaskAPIClient)
	if !ok {
		return Task{}, &missingMethodError{client, "StartOpportunityFromEngagementTask"}
	}
	sent := *in
	sent.ClientToken = &token
	out, err := c.StartOpportunityFromEngagementTask(ctx, &sent, optFns...)
	if err != nil {
		return Task{}, err
	}
	if out == nil {
		return Task{}, errNoOutput
	}
	return out.Task(), nil
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
	group: reads,
	validate: func(v *validator, in *ListOpportunityFromEngagementTasksInput) {
		v.catalog(in.Catalog)
		v.list("ContextIdentifier", in.ContextIdentifier, contextIdentifier)
		v.list("EngagementIdentifier", in.EngagementIdentifier, engagementArnOrIdentifier)
		v.page(in.MaxResults, in.NextToken)
		v.list("OpportunityIdentifier", in.OpportunityIdentifier, opportunityIdentifier)
		v.sort(in.Sort)
		v.list("TaskIdentifier", in.TaskIdentifier, taskArnOrIdentifier)
		v.taskStatus(in.TaskStatus)
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
type ListOpportunityFromEngagementTasksPaginatorOptions = PaginatorOptions

// ListOpportunityFromEngagementTasksPaginator walks the pages of
// ListOpportunityFromEngagementTasks. It is not safe for concurrent use.
type ListOpportunityFromEngagementTasksPaginator struct {
	pager[ListOpportunityFromEngagementTasksInput, ListOpportunityFromEngagementTasksOutput, ListOpportunityFromEngagementTaskSummary]
}

// NewListOpportunityFromEngagementTasksPaginator returns a paginator that starts
// at the NextToken of params, or at the first page.
func NewListOpportunityFromEngagementTasksPaginator(client ListOpportunityFromEngagementTasksAPIClient, params *ListOpportunityFromEngagementTasksInput, optFns ...func(*ListOpportunityFromEngagementTasksPaginatorOptions)) *ListOpportunityFromEngagementTasksPaginator {
	p := &ListOpportunityFromEngagementTasksPaginator{}
	p.list = client.ListOpportunityFromEngagementTasks
	p.members = func(in *ListOpportunityFromEngagementTasksInput) (**int32, **string) {
		return &in.MaxResults, &in.NextToken
	}
	p.results = func(out *ListOpportunityFromEngagementTasksOutput) (*string, []ListOpportunityFromEngagementTaskSummary) {
		return out.NextToken, out.TaskSummaries
	}
	p.start(params, optFns)
	return p
}
