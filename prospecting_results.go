package partnercentral

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// prospectingAPIClient is what waiting for prospecting tasks takes: Lists show
// which have ended, for many at once, and Gets how.
type prospectingAPIClient interface {
	ListProspectingFromEngagementTasksAPIClient
	GetProspectingFromEngagementTaskAPIClient
}

var prospectingFromEngagement = taskFamily{
	kind:       TaskKindProspectingFromEngagement,
	inARN:      "prospecting-from-engagement-task",
	limits:     poll.Limits{IDs: 10, Page: 100},
	object:     func(t *Task) string { return t.Name },
	objectName: "Name",
	// Half of the documented quotas, so that as much is left for others.
	listsPerSecond: prospectingListsPerSecond / 2,
	getsPerSecond:  prospectingGetsPerSecond / 2,
	starts:         QuotaGroupProspectingStarts,
	adopts:         adoptsByEngagements,
	start:          method[StartProspectingFromEngagementTaskAPIClient]("StartProspectingFromEngagementTask"),
	polls: []clientMethod{
		method[ListProspectingFromEngagementTasksAPIClient]("ListProspectingFromEngagementTasks"),
		method[GetProspectingFromEngagementTaskAPIClient]("GetProspectingFromEngagementTask"),
	},
	list: func(client any) listTasks {
		c := client.(prospectingAPIClient)
		return func(ctx context.Context, q taskQuery, optFns ...func(*Options)) (taskPage, error) {
			if len(q.ids) == 1 {
				return getProspecting(ctx, c, q, optFns)
			}
			return listProspecting(ctx, c, q, optFns)
		}
	},
}

func getProspecting(ctx context.Context, c GetProspectingFromEngagementTaskAPIClient, q taskQuery, optFns []func(*Options)) (taskPage, error) {
	in := &GetProspectingFromEngagementTaskInput{Catalog: &q.catalog, TaskIdentifier: &q.ids[0]}
	out, err := call(ctx, c, GetProspectingFromEngagementTaskAPIClient.GetProspectingFromEngagementTask, in, optFns)
	if err != nil {
		return taskPage{}, err
	}
	t := out.Task()
	if taskID(&t) == "" {
		// The answer is about what was asked for, whether or not it says so.
		t.ID = q.ids[0]
	}
	return taskPage{tasks: []Task{t}, metadata: out.ResultMetadata}, nil
}

func listProspecting(ctx context.Context, c prospectingAPIClient, q taskQuery, optFns []func(*Options)) (taskPage, error) {
	in := &ListProspectingFromEngagementTasksInput{
		Catalog:        &q.catalog,
		TaskIdentifier: q.ids,
		TaskName:       q.objects,
		MaxResults:     q.maxResults(),
		NextToken:      q.nextToken(),
	}
	if q.all() {
		in.Sort = &ProspectingFromEngagementTaskSort{SortBy: ProspectingFromEngagementTaskSortNameStartTime, SortOrder: SortOrderDescending}
	}
	out, err := call(ctx, c, prospectingAPIClient.ListProspectingFromEngagementTasks, in, optFns)
	if err != nil {
		return taskPage{}, err
	}
	page := pageOf(out.NextToken, out.ResultMetadata, out.TaskSummaries, (*ProspectingTaskSummary).Task)
	addResults(ctx, c, q, optFns, &page)
	return page, nil
}

// maxGets is how many Gets run at the same time for one List: enough to make 50
// per second that take 150 ms each.
const maxGets = 8

// addResults gets the results of the listed tasks that have ended and are
// awaited, since the List does not have them. All Gets have ended when it
// returns.
func addResults(ctx context.Context, c prospectingAPIClient, q taskQuery, optFns []func(*Options), page *taskPage) {
	var ended []*Task
	for i := range page.tasks {
		if t := &page.tasks[i]; !t.EndTime.IsZero() && q.awaited != nil && q.awaited(t) {
			ended = append(ended, t)
		}
	}
	errs := make([]error, len(ended))
	places := make(chan struct{}, maxGets)
	var gets sync.WaitGroup
	for i, t := range ended {
		places <- struct{}{}
		gets.Go(func() {
			defer func() { <-places }()
			// A client of the caller's may end the goroutine.
			errs[i] = errNoOutput
			errs[i] = addResult(ctx, c, q, optFns, t)
		})
	}
	gets.Wait()
	for i, err := range errs {
		if err == nil {
			continue
		}
		if page.errs == nil {
			page.errs = map[string]error{}
		}
		page.errs[taskID(ended[i])] = err
	}
}

// addResult replaces a listed task by what a Get says of it. A panic of the
// client is an error: nobody could recover it in a goroutine that is not the
// caller's.
func addResult(ctx context.Context, c GetProspectingFromEngagementTaskAPIClient, q taskQuery, optFns []func(*Options), listed *Task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the client panicked: %v", p)
		}
	}()
	if q.turn != nil {
		if err := q.turn(ctx); err != nil {
			return err
		}
	}
	got, err := getProspecting(ctx, c, taskQuery{catalog: q.catalog, ids: []string{taskID(listed)}}, optFns)
	if err == nil {
		*listed = got.tasks[0]
	}
	return err
}

// A prospecting task has a state of its own only in the answer to its Start.
// After that there are EndTime and one state per engagement, from which the
// state of the task is derived here.

// statusUntold is the state of a prospecting task that the service says has
// ended without telling how its engagements fared. It is one of the states that
// are not known: to take it for a success or a failure would be a guess.
const statusUntold TaskStatus = "UNKNOWN_OUTCOME"

// classic returns the state in the words of the other tasks. Words that are not
// known stay as they are.
func (s ProspectingTaskStatus) classic() TaskStatus {
	switch s {
	case ProspectingTaskStatusPending:
		return TaskStatusInProgress
	case ProspectingTaskStatusCompleted:
		return TaskStatusComplete
	}
	return TaskStatus(s)
}

// Task returns the task of this Start before its answer is known, with kind,
// catalog, token and name. Save it before the call, with its StartTime set to
// the present, and a waiter finds the task by its name after a crash in which
// the answer was lost. Without the StartTime it may take an older task of the
// same name. To get exactly the task of this Start, repeat the Start with the
// same ClientToken.
func (in *StartProspectingFromEngagementTaskInput) Task() Task {
	return Task{
		Kind:        TaskKindProspectingFromEngagement,
		Catalog:     aws.ToString(in.Catalog),
		ClientToken: aws.ToString(in.ClientToken),
		Name:        aws.ToString(in.TaskName),
	}
}

// Task returns the started task, ready to be waited for. Its Status is FAILED
// if the answer says that of the whole task. PENDING and COMPLETED become
// IN_PROGRESS: only [Client.GetProspectingFromEngagementTask] says whether
// every engagement succeeded.
//
// The answer to a call of [Client] has the catalog, token and name of its
// request. For an output made by a mock the catalog is taken from TaskArn.
// Without a TaskArn it stays empty, and a [TaskWaiter] refuses the task with
// an error that says so.
func (out *StartProspectingFromEngagementTaskOutput) Task() Task {
	status := out.TaskStatus.classic()
	if status == TaskStatusComplete {
		status = TaskStatusInProgress
	}
	t := answeredTask(TaskKindProspectingFromEngagement, out.TaskId, out.TaskArn, status, out.StartTime, ReasonCode(aws.ToString(out.ReasonCode)), out.Message)
	t.Name = aws.ToString(out.TaskName)
	return t.withSent(out.ResultMetadata)
}

// Task returns the task with the results of its engagements (see
// [Task.Engagements]) and the Status that follows from them:
//
//   - IN_PROGRESS without EndTime, and also with it while an engagement is still
//     PENDING or IN_PROGRESS: the two contradict each other, and the next answer
//     will say more;
//   - COMPLETE if it has ended and every engagement is COMPLETED;
//   - FAILED if it has ended and an engagement FAILED, also if others did not;
//   - a word that is none of these if it has ended and an engagement is in a
//     state that this package does not know, or there are no engagements at all:
//     Message then says which. A [TaskWaiter] returns
//     [WaitUnknownStatus] for it.
//
// The catalog is that of the request or, for an output made by a mock, the one
// in TaskArn.
func (out *GetProspectingFromEngagementTaskOutput) Task() Task {
	t := answeredTask(TaskKindProspectingFromEngagement, out.TaskId, out.TaskArn, "", out.StartTime, "", nil)
	t.Name = aws.ToString(out.TaskName)
	t.EndTime = utcTime(out.EndTime)
	t.engagements = encodeEngagements(out.Engagements)
	n := countEngagements(out.Engagements)
	t.Status = n.status(t.EndTime)
	switch {
	case t.Status == TaskStatusFailed:
		t.ReasonCode, t.Message = failureOf(out.Engagements, n)
	case n.unknown != "" && !t.Status.known():
		t.Message = fmt.Sprintf("the task has ended with an engagement in the state %q", string(n.unknown))
	case t.Status == statusUntold:
		t.Message = "the service says that the task has ended, and not how its engagements fared"
	}
	return t.withSent(out.ResultMetadata)
}

// Task returns the listed task. Its Status follows from EndTime and the counts
// by the rules of [GetProspectingFromEngagementTaskOutput.Task]; the results of
// the engagements are not listed. Its catalog is taken from TaskArn; where that
// is missing, set it to the catalog of the List.
func (s *ProspectingTaskSummary) Task() Task {
	t := answeredTask(TaskKindProspectingFromEngagement, s.TaskId, s.TaskArn, "", s.StartTime, "", nil)
	t.Name = aws.ToString(s.TaskName)
	t.EndTime = utcTime(s.EndTime)
	n := engagementCounts{total: count(s.TotalEngagementCount), completed: count(s.CompletedEngagementCount), failed: count(s.FailedEngagementCount)}
	n.running = max(0, n.total-n.completed-n.failed)
	t.Status = n.status(t.EndTime)
	if t.Status == TaskStatusFailed {
		t.Message = n.String()
	}
	return t
}

func count(n *int32) int {
	if n == nil {
		return 0
	}
	return max(0, int(*n))
}

// engagementCounts is how many engagements of a task are in which state.
type engagementCounts struct {
	total, completed, failed, running int
	// unknown is a state that is none of the known ones.
	unknown ProspectingTaskStatus
}

func countEngagements(engagements []EngagementProspectingResult) engagementCounts {
	n := engagementCounts{total: len(engagements)}
	for _, e := range engagements {
		switch e.Status {
		case ProspectingTaskStatusCompleted:
			n.completed++
		case ProspectingTaskStatusFailed:
			n.failed++
		case ProspectingTaskStatusPending, ProspectingTaskStatusInProgress, "":
			n.running++
		default:
			n.unknown = e.Status
		}
	}
	return n
}

func (n engagementCounts) status(end time.Time) TaskStatus {
	switch {
	case end.IsZero() || n.running > 0:
		return TaskStatusInProgress
	case n.unknown != "" && !TaskStatus(n.unknown).known():
		return TaskStatus(n.unknown)
	case n.unknown != "":
		// A word of the other kinds means nothing certain here.
		return statusUntold
	case n.failed > 0:
		return TaskStatusFailed
	case n.completed > 0:
		return TaskStatusComplete
	}
	return statusUntold
}

func (n engagementCounts) String() string {
	return fmt.Sprintf("%d of %d engagements failed", n.failed, n.total)
}

// toldFailures is how many failed engagements a message tells of; the results
// have them all.
const toldFailures = 3

// failureOf returns the reason that all engagements failed for, if there is one,
// and a message of what the service says of the first ones.
func failureOf(engagements []EngagementProspectingResult, n engagementCounts) (ReasonCode, string) {
	var b strings.Builder
	b.WriteString(n.String())
	var reason string
	seen, same := 0, true
	for _, e := range engagements {
		if e.Status != ProspectingTaskStatusFailed {
			continue
		}
		if seen++; seen == 1 {
			reason = aws.ToString(e.ReasonCode)
		}
		same = same && reason == aws.ToString(e.ReasonCode)
		switch {
		case seen <= toldFailures:
			b.WriteString("; " + describeEngagement(e))
		case seen == toldFailures+1:
			b.WriteString("; …")
		}
	}
	if !same || n.failed < n.total {
		// A reason for the whole, such as one to start it again, it is not.
		reason = ""
	}
	return ReasonCode(reason), b.String()
}

func describeEngagement(e EngagementProspectingResult) string {
	parts := slices.DeleteFunc([]string{aws.ToString(e.EngagementIdentifier), aws.ToString(e.ReasonCode), aws.ToString(e.Message)}, func(s string) bool { return s == "" })
	return strings.Join(parts, ": ")
}

// Engagements returns how each engagement of a prospecting task fared, as the
// last answer of [Client.GetProspectingFromEngagementTask] told it. It is nil
// for other kinds and before such an answer. The slice is the caller's.
func (t Task) Engagements() []EngagementProspectingResult {
	if t.engagements == "" {
		return nil
	}
	var engagements []EngagementProspectingResult
	if err := json.Unmarshal([]byte(t.engagements), &engagements); err != nil {
		// It was encoded here.
		panic("partnercentral: " + err.Error())
	}
	return engagements
}

func encodeEngagements(engagements []EngagementProspectingResult) string {
	if len(engagements) == 0 {
		return ""
	}
	b, err := json.Marshal(engagements)
	if err != nil {
		// Strings alone cannot fail to be encoded.
		panic("partnercentral: " + err.Error())
	}
	return string(b)
}
