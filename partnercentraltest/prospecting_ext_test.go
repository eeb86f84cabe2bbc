package partnercentraltest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const (
	engA = "eng-aaaaaaaaaaaaaa"
	engB = "eng-bbbbbbbbbbbbbb"
	engC = "eng-cccccccccccccc"
)

func prospect(t testing.TB, client *pc.Client, name string, engagements ...string) *pc.StartProspectingFromEngagementTaskOutput {
	t.Helper()
	out, err := client.StartProspectingFromEngagementTask(context.Background(), &pc.StartProspectingFromEngagementTaskInput{
		Catalog: aws.String("Sandbox"), TaskName: &name, Identifiers: engagements, ClientToken: aws.String("token of " + name),
	})
	require.NoError(t, err)
	return out
}

func get(t testing.TB, client *pc.Client, id *string) *pc.GetProspectingFromEngagementTaskOutput {
	t.Helper()
	out, err := client.GetProspectingFromEngagementTask(context.Background(), &pc.GetProspectingFromEngagementTaskInput{Catalog: aws.String("Sandbox"), TaskIdentifier: id})
	require.NoError(t, err)
	return out
}

func statesOf(out *pc.GetProspectingFromEngagementTaskOutput) string {
	var states []string
	for _, e := range out.Engagements {
		states = append(states, string(e.Status))
	}
	return strings.Join(states, " ")
}

func TestProspectingTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.When(fake.StartProspectingFromEngagementTask, fake.WithIdentifier(engB)).Script(
			fake.After(9*time.Second, fake.WithEngagements(fake.Complete(), fake.FailEngagement(engB, "X", "text"))))
		client := svc.Client()
		out := prospect(t, client, "autumn", engA, engB, engC)
		require.Equal(t, pc.ProspectingTaskStatusPending, out.TaskStatus)
		require.Regexp(t, `^task-[0-9a-z]{14}$`, *out.TaskId)
		require.Regexp(t, `^arn:aws:partnercentral:us-east-1::catalog/Sandbox/prospecting-from-engagement-task/task-`, *out.TaskArn)
		require.Equal(t, []string{engA, engB, engC}, out.Identifiers)
		require.Equal(t, "autumn", *out.TaskName)

		require.Equal(t, "PENDING PENDING PENDING", statesOf(get(t, client, out.TaskId)))
		require.Equal(t, "IN_PROGRESS PENDING PENDING", statesOf(get(t, client, out.TaskId)))
		time.Sleep(4 * time.Second)
		require.Equal(t, "COMPLETED IN_PROGRESS PENDING", statesOf(get(t, client, out.TaskId)))
		time.Sleep(4900 * time.Millisecond)
		running := get(t, client, out.TaskId)
		require.Equal(t, "COMPLETED FAILED IN_PROGRESS", statesOf(running))
		require.Nil(t, running.EndTime)
		time.Sleep(time.Minute)
		ended := get(t, client, out.TaskId)
		require.Equal(t, "COMPLETED FAILED COMPLETED", statesOf(ended))
		require.Equal(t, out.StartTime.Add(9*time.Second), *ended.EndTime, "not when it was looked at")
		require.Regexp(t, `^ctx-[0-9a-z]{14}$`, *ended.Engagements[0].EngagementContextId)
		require.Nil(t, ended.Engagements[1].EngagementContextId)
		require.Equal(t, "text", *ended.Engagements[1].Message)
		var partly *pc.TaskFailedError
		require.ErrorAs(t, ended.Task().Err(), &partly)

		again := prospect(t, client, "autumn", engA, engB, engC)
		again.ResultMetadata = out.ResultMetadata
		require.Equal(t, out, again, "the same request gets the same response")
		require.Equal(t, 2, svc.Calls().For(fake.StartProspectingFromEngagementTask).Committed().Len())
		require.Contains(t, svc.Calls().String(), engA+" and 2 more")
	})
}

func TestProspectingOutcomes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outcome fake.Outcome
		looks   int
		start   pc.ProspectingTaskStatus
		states  string
		ended   bool
		task    pc.TaskStatus
	}{
		"complete at once":    {fake.Immediately(fake.Complete()), 1, "COMPLETED", "COMPLETED COMPLETED", true, "COMPLETE"},
		"failed at once":      {fake.Immediately(fake.Fail("X", "text")), 1, "FAILED", "FAILED FAILED", true, "FAILED"},
		"failed by looks":     {fake.AfterPolls(2, fake.Fail("X", "text")), 3, "PENDING", "FAILED FAILED", true, "FAILED"},
		"half of the looks":   {fake.AfterPolls(2, fake.Fail("X", "text")), 2, "PENDING", "FAILED IN_PROGRESS", false, "IN_PROGRESS"},
		"never":               {fake.Never(), 5, "PENDING", "IN_PROGRESS PENDING", false, "IN_PROGRESS"},
		"in part":             {fake.Immediately(fake.WithEngagements(fake.Complete(), fake.FailEngagement(engA, "", ""))), 1, "COMPLETED", "FAILED COMPLETED", true, "FAILED"},
		"a new state":         {fake.Immediately(fake.EndIn("SKIPPED")), 1, "SKIPPED", "SKIPPED SKIPPED", true, "SKIPPED"},
		"one in a new state":  {fake.Immediately(fake.WithEngagements(fake.Complete(), fake.EngagementOutcome{Engagement: engB, Status: "SKIPPED"})), 1, "COMPLETED", "COMPLETED SKIPPED", true, "SKIPPED"},
		"ended, one has not":  {fake.Immediately(fake.WithEngagements(fake.Complete(), fake.EngagementOutcome{Engagement: engB, Status: pc.ProspectingTaskStatusPending})), 1, "COMPLETED", "COMPLETED PENDING", true, "IN_PROGRESS"},
		"without any results": {fake.Immediately(fake.WithoutResults(fake.Complete())), 1, "COMPLETED", "", true, "UNKNOWN_OUTCOME"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc := fake.New(t)
			svc.Script(fake.StartProspectingFromEngagementTask, test.outcome)
			client := svc.Client()
			started := prospect(t, client, "n", engA, engB)
			require.Equal(t, test.start, started.TaskStatus)
			var out *pc.GetProspectingFromEngagementTaskOutput
			for range test.looks {
				out = get(t, client, started.TaskId)
			}
			require.Equal(t, test.states, statesOf(out))
			require.Equal(t, test.ended, out.EndTime != nil)
			require.Equal(t, test.task, out.Task().Status)
		})
	}
}

func TestProspectingList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		svc := fake.New(t)
		svc.Script(fake.StartProspectingFromEngagementTask,
			fake.Immediately(fake.Complete()),
			fake.Immediately(fake.WithEngagements(fake.Complete(), fake.FailEngagement(engB, "", ""))),
			fake.Never(),
			fake.VisibleAfter(time.Hour, fake.Complete()))
		client := svc.Client()
		var ids []string
		for _, name := range []string{"b", "c/d", "a", "hidden"} {
			ids = append(ids, *prospect(t, client, name, engA, engB).TaskId)
			time.Sleep(10 * time.Second)
		}
		start := *get(t, client, &ids[1]).StartTime
		list := func(in pc.ListProspectingFromEngagementTasksInput) (names string, next *string) {
			in.Catalog = aws.String("Sandbox")
			out, err := client.ListProspectingFromEngagementTasks(ctx, &in)
			require.NoError(t, err)
			for _, s := range out.TaskSummaries {
				names += *s.TaskName + " "
			}
			return strings.TrimSpace(names), out.NextToken
		}
		by := func(name pc.ProspectingFromEngagementTaskSortName, order pc.SortOrder) *pc.ProspectingFromEngagementTaskSort {
			return &pc.ProspectingFromEngagementTaskSort{SortBy: name, SortOrder: order}
		}
		for want, in := range map[string]pc.ListProspectingFromEngagementTasksInput{
			"a c/d b": {},
			"b c/d a": {Sort: by("StartTime", "ASCENDING")},
			"a b c/d": {Sort: by("TaskName", "ASCENDING")},
			"c/d b a": {Sort: by("TaskName", "DESCENDING")},
			"b a c/d": {Sort: by("FailedEngagementCount", "ASCENDING")},
			"a":       {StartAfter: aws.Time(start.Add(time.Second))},
			"b":       {StartBefore: aws.Time(start.Add(-time.Second))},
			"c/d":     {StartAfter: aws.Time(start.Add(-time.Second)), StartBefore: aws.Time(start.Add(time.Second))},
			"c/d b":   {TaskIdentifier: []string{ids[0], ids[1], ids[3]}},
			"a c/d":   {TaskName: []string{"a", "c/d", "d", "hidden"}},
			"":        {TaskIdentifier: []string{ids[0]}, TaskName: []string{"a"}},
		} {
			names, _ := list(in)
			require.Equal(t, want, names)
		}
		for _, sort := range []*pc.ProspectingFromEngagementTaskSort{nil, by("FailedEngagementCount", "DESCENDING"), by("TaskName", "ASCENDING")} {
			in := pc.ListProspectingFromEngagementTasksInput{MaxResults: aws.Int32(1), Sort: sort}
			seen := map[string]bool{}
			for {
				names, next := list(in)
				seen[names] = true
				if next == nil {
					break
				}
				in.NextToken = next
			}
			require.Equal(t, map[string]bool{"a": true, "b": true, "c/d": true, "": true}, seen)
		}
		out, err := client.ListProspectingFromEngagementTasks(ctx, &pc.ListProspectingFromEngagementTasksInput{Catalog: aws.String("Sandbox"), TaskIdentifier: ids[1:2]})
		require.NoError(t, err)
		s := out.TaskSummaries[0]
		require.Equal(t, []int32{2, 1, 1}, []int32{*s.TotalEngagementCount, *s.CompletedEngagementCount, *s.FailedEngagementCount})
		require.NotNil(t, s.EndTime)

		var missing *pc.ResourceNotFoundException
		for catalog, id := range map[string]string{"AWS": ids[0], "Sandbox": ids[3]} {
			_, err = client.GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{Catalog: &catalog, TaskIdentifier: &id})
			require.ErrorAs(t, err, &missing, "another catalog, a task that is not visible yet")
		}
		time.Sleep(time.Hour)
		require.Equal(t, "COMPLETED COMPLETED", statesOf(get(t, client, &ids[3])))
	})
}

func TestProspectingIsStrict(t *testing.T) {
	t.Parallel()
	throughRawDoors(t, func(t *testing.T, _ service, transport http.RoundTripper) {
		many := strings.TrimSuffix(strings.Repeat(`"`+engA+`",`, 101), ",")
		for _, c := range []struct{ op, body, field, code string }{
			{"StartProspectingFromEngagementTask", `{}`, "Catalog ClientToken Identifiers TaskName", "REQUIRED_FIELD_MISSING"},
			{"StartProspectingFromEngagementTask", `{"Catalog":"AWS","ClientToken":"a","Identifiers":[` + many + `],"TaskName":"n"}`, "Identifiers", "TOO_MANY_VALUES"},
			{"StartProspectingFromEngagementTask", `{"Catalog":"AWS","ClientToken":"a","Identifiers":["arn:aws:x/` + engA + `"],"TaskName":"n"}`, "Identifiers[0]", "INVALID_STRING_FORMAT"},
			{"StartProspectingFromEngagementTask", `{"Catalog":"AWS","ClientToken":"a","Identifiers":[],"TaskName":"n","Tags":[]}`, "Tags", "INVALID_VALUE"},
			{"GetProspectingFromEngagementTask", `{"Catalog":"AWS","TaskIdentifier":"task-0123456789abc"}`, "TaskIdentifier", "INVALID_STRING_FORMAT"},
			{"ListProspectingFromEngagementTasks", `{"Catalog":"AWS","MaxResults":101}`, "MaxResults", "VALUE_OUT_OF_RANGE"},
			{"ListProspectingFromEngagementTasks", `{"Catalog":"AWS","Sort":{"SortBy":"EndTime","SortOrder":"ASCENDING"}}`, "Sort.SortBy", "INVALID_ENUM_VALUE"},
			{"ListProspectingFromEngagementTasks", `{"Catalog":"AWS","TaskStatus":["PENDING"]}`, "TaskStatus", "INVALID_VALUE"},
			{"StartOpportunityFromEngagementTask", `{"Catalog":"AWS","ClientToken":"a","Identifier":"` + engA + `","ContextIdentifier":"01"}`, "ContextIdentifier", "INVALID_STRING_FORMAT"},
			{"ListOpportunityFromEngagementTasks", `{"Catalog":"AWS","ContextIdentifier":[]}`, "ContextIdentifier", "NOT_ENOUGH_VALUES"},
		} {
			answer, body := post(t, transport, c.op, c.body)
			require.Equal(t, http.StatusBadRequest, answer.StatusCode, c.body)
			refused := readRefused(t, body)
			var fields []string
			for _, e := range refused.ErrorList {
				fields = append(fields, e.FieldName)
				require.Equal(t, c.code, e.Code)
			}
			require.Equal(t, c.field, strings.Join(fields, " "))
		}
		for _, at := range []string{`1754049600`, `"2026-08-01"`, `"yesterday"`} {
			answer, body := post(t, transport, "ListProspectingFromEngagementTasks", `{"Catalog":"AWS","StartAfter":`+at+`}`)
			require.Equal(t, http.StatusBadRequest, answer.StatusCode)
			require.Contains(t, body, "SerializationException", at)
		}
		// What the model lets pass.
		answer, body := post(t, transport, "StartProspectingFromEngagementTask", `{"Catalog":"AWS","ClientToken":"none","Identifiers":[],"TaskName":"n"}`)
		require.Equal(t, http.StatusOK, answer.StatusCode, body)
		answer, body = post(t, transport, "ListProspectingFromEngagementTasks", `{"Catalog":"AWS","TaskIdentifier":[],"TaskName":[],"NextToken":"","StartAfter":"2026-08-01T12:00:00+02:00"}`)
		require.Equal(t, http.StatusOK, answer.StatusCode, body)
	})
}

func TestProspectingFromJSON(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	require.NoError(t, svc.Load(strings.NewReader(`{"scripts":[{"operation":"StartProspectingFromEngagementTask","outcomes":[
		{"after":"0s","engagements":[{"engagement":"`+engB+`","status":"FAILED","reason":"X","message":"text"}]},
		{"after":"0s","withoutResults":true}]}]}`)))
	client := svc.Client()
	task := get(t, client, prospect(t, client, "a", engA, engB).TaskId).Task()
	var partly *pc.TaskFailedError
	require.ErrorAs(t, task.Err(), &partly)
	require.Equal(t, "X", *partly.FailedEngagements()[0].ReasonCode)
	require.Empty(t, get(t, client, prospect(t, client, "b", engA).TaskId).Engagements)
	require.ErrorContains(t, svc.Load(strings.NewReader(`{"scripts":[{"operation":"StartProspectingFromEngagementTask","outcomes":[{"engagements":[{"engagement":"x"}]}]}]}`)), "a status")
}

func TestEngagementsThatAStartDoesNotHaveAreLeftOver(t *testing.T) {
	t.Parallel()
	svc := fake.NewService()
	svc.Script(fake.StartProspectingFromEngagementTask, fake.WithEngagements(fake.Complete(), fake.FailEngagement(engC, "X", "")))
	prospect(t, svc.Client(), "n", engA)
	require.Len(t, svc.Leftovers(), 1)
	require.Contains(t, svc.Leftovers()[0], engC)
	require.Contains(t, svc.Leftovers()[0], `WithEngagements(`)
}

func TestProspectingHasQuotasOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithQuotas(fake.DefaultQuotas()))
		client := svc.Client(func(o *pc.Options) { o.RetryMaxAttempts = 1 })
		id := prospect(t, client, "a", engA).TaskId
		prospect(t, client, "b", engA)
		_, err := client.StartProspectingFromEngagementTask(context.Background(), &pc.StartProspectingFromEngagementTaskInput{Catalog: aws.String("AWS"), TaskName: aws.String("c"), Identifiers: []string{engA}})
		var throttled *pc.ThrottlingException
		require.ErrorAs(t, err, &throttled)
		for range 100 {
			get(t, client, id)
		}
		_, err = client.GetProspectingFromEngagementTask(context.Background(), &pc.GetProspectingFromEngagementTaskInput{Catalog: aws.String("Sandbox"), TaskIdentifier: id})
		require.ErrorAs(t, err, &throttled)
		_, err = client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "t"))
		require.NoError(t, err)
	})
}

func TestOpportunityFromEngagement(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *pc.Client) {
		ctx := context.Background()
		svc.Script(fake.StartOpportunityFromEngagementTask,
			fake.Immediately(fake.Complete()),
			fake.Immediately(fake.Fail(pc.ReasonCodeContextNotFound, "no such context")),
			fake.Immediately(fake.Fail(pc.ReasonCodeResourceSnapshotConflict, "busy")))
		var tasks []pc.Task
		for i, context := range []string{"1", "7", "3", "4"} {
			out, err := client.StartOpportunityFromEngagementTask(ctx, &pc.StartOpportunityFromEngagementTaskInput{
				Catalog: aws.String("Sandbox"), ClientToken: aws.String(fmt.Sprint("t", i)), ContextIdentifier: &context,
				Identifier: aws.String("arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement/" + engA),
			})
			require.NoError(t, err)
			tasks = append(tasks, out.Task())
		}
		require.Equal(t, pc.TaskStatusComplete, tasks[0].Status)
		require.Equal(t, "2", tasks[0].ContextID, "not the context of the request")
		require.Regexp(t, `^O\d+$`, tasks[0].OpportunityID)
		require.Equal(t, engA, tasks[0].EngagementID)
		require.Contains(t, tasks[0].ARN, "/opportunity-from-engagement-task/task-")
		require.ErrorContains(t, tasks[1].Err(), "ContextNotFound: no such context")
		require.Equal(t, pc.TaskStatusInProgress, tasks[3].Status)

		list := func(in pc.ListOpportunityFromEngagementTasksInput) []pc.Task {
			in.Catalog = aws.String("Sandbox")
			out, err := client.ListOpportunityFromEngagementTasks(ctx, &in)
			require.NoError(t, err)
			var listed []pc.Task
			for _, s := range out.TaskSummaries {
				listed = append(listed, s.Task())
			}
			return listed
		}
		require.Len(t, list(pc.ListOpportunityFromEngagementTasksInput{EngagementIdentifier: []string{engA}}), 4)
		require.Equal(t, tasks[0].ID, list(pc.ListOpportunityFromEngagementTasksInput{OpportunityIdentifier: []string{tasks[0].OpportunityID}})[0].ID)
		require.Equal(t, tasks[1].ID, list(pc.ListOpportunityFromEngagementTasksInput{ContextIdentifier: []string{"7"}})[0].ID)
		snapshot := list(pc.ListOpportunityFromEngagementTasksInput{TaskIdentifier: []string{tasks[2].ID}})[0]
		require.NotEmpty(t, snapshot.OpportunityID, "the opportunity was made before its snapshot failed")
	})
}

func ExampleWithEngagements() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Script(fake.StartProspectingFromEngagementTask,
		fake.Immediately(fake.WithEngagements(fake.Complete(), fake.FailEngagement(engB, "LeadExists", "already a lead"))))

	ctx, client := context.Background(), svc.Client()
	started, err := client.StartProspectingFromEngagementTask(ctx, &pc.StartProspectingFromEngagementTaskInput{
		Catalog:     aws.String(pc.CatalogSandbox),
		TaskName:    aws.String("autumn"),
		Identifiers: []string{engA, engB},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := client.GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{
		Catalog: aws.String(pc.CatalogSandbox), TaskIdentifier: started.TaskId,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range got.Task().Engagements() {
		fmt.Println(*e.EngagementIdentifier, e.Status)
	}
	// Output:
	// eng-aaaaaaaaaaaaaa COMPLETED
	// eng-bbbbbbbbbbbbbb FAILED
}
