package partnercentral

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// Prospecting has words of its own: COMPLETED where other tasks have COMPLETE,
// PENDING before IN_PROGRESS, task ids of 14 characters, reasons without a
// published list, and an outcome per engagement instead of one per task.

// ProspectingTaskStatus is the state of a prospecting task, and of each
// engagement in it.
type ProspectingTaskStatus string

// Enum values for ProspectingTaskStatus.
const (
	// Waiting to run.
	ProspectingTaskStatusPending ProspectingTaskStatus = "PENDING"
	// Being processed.
	ProspectingTaskStatusInProgress ProspectingTaskStatus = "IN_PROGRESS"
	// Processed successfully.
	ProspectingTaskStatusCompleted ProspectingTaskStatus = "COMPLETED"
	// Ended by an error that does not pass.
	ProspectingTaskStatusFailed ProspectingTaskStatus = "FAILED"
)

// Values returns the known values of ProspectingTaskStatus. The slice is the
// caller's.
func (ProspectingTaskStatus) Values() []ProspectingTaskStatus {
	return []ProspectingTaskStatus{
		ProspectingTaskStatusPending,
		ProspectingTaskStatusInProgress,
		ProspectingTaskStatusCompleted,
		ProspectingTaskStatusFailed,
	}
}

// ProspectingFromEngagementTaskSortName is the field that a List of
// prospecting tasks is sorted by.
type ProspectingFromEngagementTaskSortName string

// Enum values for ProspectingFromEngagementTaskSortName.
const (
	ProspectingFromEngagementTaskSortNameStartTime             ProspectingFromEngagementTaskSortName = "StartTime"
	ProspectingFromEngagementTaskSortNameTaskName              ProspectingFromEngagementTaskSortName = "TaskName"
	ProspectingFromEngagementTaskSortNameFailedEngagementCount ProspectingFromEngagementTaskSortName = "FailedEngagementCount"
)

// Values returns the known values of ProspectingFromEngagementTaskSortName. The
// slice is the caller's.
func (ProspectingFromEngagementTaskSortName) Values() []ProspectingFromEngagementTaskSortName {
	return []ProspectingFromEngagementTaskSortName{
		ProspectingFromEngagementTaskSortNameStartTime,
		ProspectingFromEngagementTaskSortNameTaskName,
		ProspectingFromEngagementTaskSortNameFailedEngagementCount,
	}
}

// ProspectingFromEngagementTaskSort is the order of a List of prospecting
// tasks.
type ProspectingFromEngagementTaskSort struct {
	// The field to sort by.
	//
	// This member is required.
	SortBy ProspectingFromEngagementTaskSortName `json:",omitempty"`

	// The direction.
	//
	// This member is required.
	SortOrder SortOrder `json:",omitempty"`
}

// StartProspectingFromEngagementTaskInput is the input of
// [Client.StartProspectingFromEngagementTask].
type StartProspectingFromEngagementTaskInput struct {
	// The catalog of the engagements: CatalogAWS or CatalogSandbox.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

	// Makes the Start idempotent: a Start repeated with the same token and
	// the same parameters gives the same answer and no second task. 1 to 255
	// characters; a UUID, or at most 64 printable ASCII characters without
	// blanks, is safe. nil is replaced by a new UUID for each call. An empty
	// token is refused. Set a token of your own to be able to repeat a Start
	// after a crash: see [ClientTokenFor].
	ClientToken *string `json:",omitempty"`

	// The 1 to 100 engagements, by id (eng-…). ARNs are not accepted. The model
	// lets an empty list pass; what the service does with it is not documented,
	// so it is refused here as a missing one.
	//
	// This member is required.
	Identifiers []string `json:",omitempty"`

	// A name of 1 to 128 characters that the task can be found by. AWS's guide
	// calls it optional, the service's model required.
	//
	// This member is required.
	TaskName *string `json:",omitempty"`
}

// StartProspectingFromEngagementTaskOutput is the output of
// [Client.StartProspectingFromEngagementTask]. A FAILED task is an answer, not
// an error.
type StartProspectingFromEngagementTaskOutput struct {
	// The engagements that were accepted, documented to be those of the request.
	Identifiers []string `json:",omitempty"`

	// On failure of the whole task, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// On failure of the whole task, why. AWS publishes no list of values.
	ReasonCode *string `json:",omitempty"`

	// When the task started.
	StartTime *time.Time `json:",omitempty"`

	// The ARN of the task.
	TaskArn *string `json:",omitempty"`

	// The id of the task: task- and 14 characters.
	TaskId *string `json:",omitempty"`

	// The name of the request.
	TaskName *string `json:",omitempty"`

	// The state of the task as a whole. No other operation returns it.
	TaskStatus ProspectingTaskStatus `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// StartProspectingFromEngagementTaskAPIClient is the one method of [Client]
// that this operation needs, for callers who pass a mock.
type StartProspectingFromEngagementTaskAPIClient interface {
	StartProspectingFromEngagementTask(context.Context, *StartProspectingFromEngagementTaskInput, ...func(*Options)) (*StartProspectingFromEngagementTaskOutput, error)
}

var startProspectingFromEngagementTask = operation[StartProspectingFromEngagementTaskInput, StartProspectingFromEngagementTaskOutput]{
	name:  "StartProspectingFromEngagementTask",
	group: QuotaGroupProspectingStarts,
	token: func(in *StartProspectingFromEngagementTaskInput) **string { return &in.ClientToken },
	sent:  (*StartProspectingFromEngagementTaskInput).Task,
	validate: func(p *validate.Problems, in *StartProspectingFromEngagementTaskInput) {
		p.Catalog(in.Catalog)
		p.ClientToken(in.ClientToken)
		if len(in.Identifiers) == 0 {
			p.Missing("Identifiers")
		} else {
			p.List("Identifiers", in.Identifiers, 100, validate.EngagementID)
		}
		p.Required("TaskName", in.TaskName, validate.TaskName)
	},
	check: func(out *StartProspectingFromEngagementTaskOutput) error {
		return checkStarted(out.TaskId, out.TaskArn, out.TaskStatus.classic())
	},
}

// StartProspectingFromEngagementTask starts the task that makes prospecting
// leads from up to 100 engagements, each on its own: some can succeed and some
// fail. [Client.GetProspectingFromEngagementTask] tells how each fared.
//
// Retries, by this client and by the caller, are safe as long as they use the
// same ClientToken: AWS documents that the same request then gives the same
// response, so repeating it need not show any progress.
func (c *Client) StartProspectingFromEngagementTask(ctx context.Context, params *StartProspectingFromEngagementTaskInput, optFns ...func(*Options)) (*StartProspectingFromEngagementTaskOutput, error) {
	out, metadata, err := invoke(ctx, c, &startProspectingFromEngagementTask, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

func (in *StartProspectingFromEngagementTaskInput) startTask(ctx context.Context, client any, token string) (Task, error) {
	return startTask(ctx, client, &startProspectingFromEngagementTask, StartProspectingFromEngagementTaskAPIClient.StartProspectingFromEngagementTask, (*StartProspectingFromEngagementTaskOutput).Task, in, token)
}

func (in *StartProspectingFromEngagementTaskInput) ownInput() StartTaskInput { return in }

func (in *StartProspectingFromEngagementTaskInput) checkTask(token string) error {
	return checkTask(&startProspectingFromEngagementTask, in, token)
}

// GetProspectingFromEngagementTaskInput is the input of
// [Client.GetProspectingFromEngagementTask].
type GetProspectingFromEngagementTaskInput struct {
	// The catalog that the task was started in.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

	// The task, by id: task- and 14 characters. An ARN is not accepted, nor is
	// the id of another kind of task, which has 13.
	//
	// This member is required.
	TaskIdentifier *string `json:",omitempty"`
}

// EngagementProspectingResult is how one engagement of a prospecting task
// fared.
type EngagementProspectingResult struct {
	// The prospecting context (ctx-…), when the engagement is COMPLETED.
	EngagementContextId *string `json:",omitempty"`

	// The engagement.
	EngagementIdentifier *string `json:",omitempty"`

	// When it FAILED, what went wrong and how to recover.
	Message *string `json:",omitempty"`

	// When it FAILED, why. AWS publishes no list of values.
	ReasonCode *string `json:",omitempty"`

	// The state of this engagement.
	Status ProspectingTaskStatus `json:",omitempty"`
}

// GetProspectingFromEngagementTaskOutput is the output of
// [Client.GetProspectingFromEngagementTask]. It has no state of the task as a
// whole: the task has ended when EndTime is there and every engagement is
// COMPLETED or FAILED. Its Task method derives that.
type GetProspectingFromEngagementTaskOutput struct {
	// When the task ended. nil while it runs.
	EndTime *time.Time `json:",omitempty"`

	// One entry per engagement.
	Engagements []EngagementProspectingResult `json:",omitempty"`

	// When the task started.
	StartTime *time.Time `json:",omitempty"`

	// The ARN of the task.
	TaskArn *string `json:",omitempty"`

	// The id of the task.
	TaskId *string `json:",omitempty"`

	// The name that the task was started with.
	TaskName *string `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// GetProspectingFromEngagementTaskAPIClient is the one method of [Client] that
// this operation needs, for callers who pass a mock.
type GetProspectingFromEngagementTaskAPIClient interface {
	GetProspectingFromEngagementTask(context.Context, *GetProspectingFromEngagementTaskInput, ...func(*Options)) (*GetProspectingFromEngagementTaskOutput, error)
}

var getProspectingFromEngagementTask = operation[GetProspectingFromEngagementTaskInput, GetProspectingFromEngagementTaskOutput]{
	name:  "GetProspectingFromEngagementTask",
	group: QuotaGroupProspectingGets,
	sent: func(in *GetProspectingFromEngagementTaskInput) Task {
		return Task{Kind: TaskKindProspectingFromEngagement, Catalog: aws.ToString(in.Catalog), ID: aws.ToString(in.TaskIdentifier)}
	},
	validate: func(p *validate.Problems, in *GetProspectingFromEngagementTaskInput) {
		p.Catalog(in.Catalog)
		p.Required("TaskIdentifier", in.TaskIdentifier, validate.ProspectingTaskID)
	},
	check: func(out *GetProspectingFromEngagementTaskOutput) error {
		if aws.ToString(out.TaskId) == "" && aws.ToString(out.TaskArn) == "" && out.Engagements == nil {
			return errors.New("the answer has neither a task id nor any engagement")
		}
		return nil
	},
}

// GetProspectingFromEngagementTask returns a prospecting task with the result of
// each of its engagements. The other kinds of tasks have only their Lists.
func (c *Client) GetProspectingFromEngagementTask(ctx context.Context, params *GetProspectingFromEngagementTaskInput, optFns ...func(*Options)) (*GetProspectingFromEngagementTaskOutput, error) {
	out, metadata, err := invoke(ctx, c, &getProspectingFromEngagementTask, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

// ListProspectingFromEngagementTasksInput is the input of
// [Client.ListProspectingFromEngagementTasks]. Filters are optional; how
// several of them combine is not documented. There is no filter by state.
type ListProspectingFromEngagementTasksInput struct {
	// The catalog of the tasks: CatalogAWS or CatalogSandbox.
	//
	// This member is required.
	Catalog *string `json:",omitempty"`

	// The most summaries of one page, 1 to 100. The service has a default.
	MaxResults *int32 `json:",omitempty"`

	// The token of the page to get, from the answer before it.
	NextToken *string `json:",omitempty"`

	// The order. The service has a default.
	Sort *ProspectingFromEngagementTaskSort `json:",omitempty"`

	// Only tasks that started after this time; whether at this time, too, is
	// not documented. Sent in UTC.
	StartAfter *time.Time `json:",omitempty"`

	// Only tasks that started before this time; whether at this time, too, is
	// not documented. Sent in UTC.
	StartBefore *time.Time `json:",omitempty"`

	// Only these 1 to 10 tasks, by id; ARNs are not accepted. The model lets an
	// empty list pass; here it is refused, so that a filter that matches nothing
	// is not taken for no filter.
	TaskIdentifier []string `json:",omitempty"`

	// Only tasks with one of these 1 to 10 names. An empty list is refused, as
	// that of TaskIdentifier.
	TaskName []string `json:",omitempty"`
}

// MarshalJSON gives the JSON that is sent, with its times in UTC.
func (in ListProspectingFromEngagementTasksInput) MarshalJSON() ([]byte, error) {
	type plain ListProspectingFromEngagementTasksInput
	sent := plain(in)
	sent.StartAfter, sent.StartBefore = inUTC(in.StartAfter), inUTC(in.StartBefore)
	return json.Marshal(sent)
}

func inUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	utc := at.UTC()
	return &utc
}

// ProspectingTaskSummary is one task of the list. There is no state: a task
// without EndTime runs, and one that has ended may have failed for some or all
// of its engagements.
type ProspectingTaskSummary struct {
	// How many engagements were processed successfully.
	CompletedEngagementCount *int32 `json:",omitempty"`

	// When the task ended. nil while it runs.
	EndTime *time.Time `json:",omitempty"`

	// How many engagements failed.
	FailedEngagementCount *int32 `json:",omitempty"`

	// When the task started.
	StartTime *time.Time `json:",omitempty"`

	// The ARN of the task.
	TaskArn *string `json:",omitempty"`

	// The id of the task.
	TaskId *string `json:",omitempty"`

	// The name that the task was started with.
	TaskName *string `json:",omitempty"`

	// How many engagements the task has.
	TotalEngagementCount *int32 `json:",omitempty"`
}

// ListProspectingFromEngagementTasksOutput is the output of
// [Client.ListProspectingFromEngagementTasks].
type ListProspectingFromEngagementTasksOutput struct {
	// The token of the next page. It does not promise more tasks: only a nil or
	// empty one ends the list.
	NextToken *string `json:",omitempty"`

	// The tasks of this page, possibly none.
	TaskSummaries []ProspectingTaskSummary `json:",omitempty"`

	// Metadata pertaining to the operation's result.
	ResultMetadata middleware.Metadata `json:"-"`
}

// ListProspectingFromEngagementTasksAPIClient is the one method of [Client]
// that this operation needs, for callers who pass a mock.
type ListProspectingFromEngagementTasksAPIClient interface {
	ListProspectingFromEngagementTasks(context.Context, *ListProspectingFromEngagementTasksInput, ...func(*Options)) (*ListProspectingFromEngagementTasksOutput, error)
}

var listProspectingFromEngagementTasks = operation[ListProspectingFromEngagementTasksInput, ListProspectingFromEngagementTasksOutput]{
	name:  "ListProspectingFromEngagementTasks",
	group: QuotaGroupProspectingLists,
	validate: func(p *validate.Problems, in *ListProspectingFromEngagementTasksInput) {
		p.Catalog(in.Catalog)
		p.MaxResults(in.MaxResults, 100)
		if in.Sort != nil {
			p.Sort(string(in.Sort.SortBy), string(in.Sort.SortOrder))
		}
		p.Time("StartAfter", in.StartAfter)
		p.Time("StartBefore", in.StartBefore)
		p.List("TaskIdentifier", in.TaskIdentifier, 10, validate.ProspectingTaskID)
		p.List("TaskName", in.TaskName, 10, validate.TaskName)
	},
	check: func(out *ListProspectingFromEngagementTasksOutput) error {
		return checkListed(out.TaskSummaries, out.NextToken)
	},
}

// ListProspectingFromEngagementTasks lists the prospecting tasks of the
// caller's account, one page a call. See
// [NewListProspectingFromEngagementTasksPaginator] for all pages.
func (c *Client) ListProspectingFromEngagementTasks(ctx context.Context, params *ListProspectingFromEngagementTasksInput, optFns ...func(*Options)) (*ListProspectingFromEngagementTasksOutput, error) {
	out, metadata, err := invoke(ctx, c, &listProspectingFromEngagementTasks, params, optFns)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

// ListProspectingFromEngagementTasksPaginatorOptions are the options of
// [NewListProspectingFromEngagementTasksPaginator].
type ListProspectingFromEngagementTasksPaginatorOptions struct {
	// The most summaries of one page, 1 to 100. 0 leaves it to the service.
	// Default: MaxResults of the input.
	Limit int32

	// Whether to end without an error when the service gives the same NextToken
	// twice. Otherwise that is an error, since the list would never end.
	StopOnDuplicateToken bool
}

// ListProspectingFromEngagementTasksPaginator walks the pages of
// ListProspectingFromEngagementTasks. It is not safe for concurrent use.
type ListProspectingFromEngagementTasksPaginator struct {
	pager pager[ListProspectingFromEngagementTasksInput, ListProspectingFromEngagementTasksOutput, ProspectingTaskSummary]
}

// NewListProspectingFromEngagementTasksPaginator returns a paginator that
// starts at the NextToken of params, or at the first page.
func NewListProspectingFromEngagementTasksPaginator(client ListProspectingFromEngagementTasksAPIClient, params *ListProspectingFromEngagementTasksInput, optFns ...func(*ListProspectingFromEngagementTasksPaginatorOptions)) *ListProspectingFromEngagementTasksPaginator {
	return &ListProspectingFromEngagementTasksPaginator{newPager(client.ListProspectingFromEngagementTasks, params,
		func(in *ListProspectingFromEngagementTasksInput) (**int32, **string) {
			return &in.MaxResults, &in.NextToken
		},
		func(out *ListProspectingFromEngagementTasksOutput) (*string, []ProspectingTaskSummary) {
			return out.NextToken, out.TaskSummaries
		}, optFns)}
}

// HasMorePages reports whether there is another page to get. That page may be
// empty.
func (p *ListProspectingFromEngagementTasksPaginator) HasMorePages() bool {
	return p.pager.hasMorePages()
}

// NextPage gets the next page. After an error it can be called again for the
// same page.
func (p *ListProspectingFromEngagementTasksPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListProspectingFromEngagementTasksOutput, error) {
	return p.pager.nextPage(ctx, optFns)
}

// Pages returns the pages that are left. The loop ends after the first error.
func (p *ListProspectingFromEngagementTasksPaginator) Pages(ctx context.Context, optFns ...func(*Options)) iter.Seq2[*ListProspectingFromEngagementTasksOutput, error] {
	return p.pager.pages(ctx, optFns)
}

// All returns the summaries of the pages that are left, and gets each page when
// it is needed. The loop ends after the first error, which comes with a zero
// summary.
func (p *ListProspectingFromEngagementTasksPaginator) All(ctx context.Context, optFns ...func(*Options)) iter.Seq2[ProspectingTaskSummary, error] {
	return p.pager.all(ctx, optFns)
}
