package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

func prospectingOf(t testing.TB, body string) pc.Task {
	t.Helper()
	out, err := newClient(answers(answer(200, body))).GetProspectingFromEngagementTask(context.Background(),
		&pc.GetProspectingFromEngagementTaskInput{Catalog: aws.String("Sandbox"), TaskIdentifier: aws.String(prospectingID)})
	require.NoError(t, err)
	return out.Task()
}

func TestProspectingOutcomeIsDerived(t *testing.T) {
	t.Parallel()
	const (
		end       = `"2026-08-01T12:00:09Z"`
		completed = `{"EngagementIdentifier":"eng-a","Status":"COMPLETED","EngagementContextId":"ctx-a"}`
		failed    = `{"EngagementIdentifier":"eng-b","Status":"FAILED","ReasonCode":"X","Message":"text"}`
		failed2   = `{"EngagementIdentifier":"eng-c","Status":"FAILED","ReasonCode":"Y"}`
		pending   = `{"EngagementIdentifier":"eng-d","Status":"PENDING"}`
		running   = `{"EngagementIdentifier":"eng-e","Status":"IN_PROGRESS"}`
		skipped   = `{"EngagementIdentifier":"eng-f","Status":"SKIPPED"}`
		classic   = `{"EngagementIdentifier":"eng-g","Status":"COMPLETE"}`
		stateless = `{"EngagementIdentifier":"eng-h","Status":null}`
	)
	for name, test := range map[string]struct {
		end, engagements string
		status           pc.TaskStatus
		reason           pc.ReasonCode
		message          string
		partly           bool
	}{
		"waiting":                          {"null", pending, "IN_PROGRESS", "", "", false},
		"running":                          {"null", running + "," + completed + "," + failed, "IN_PROGRESS", "", "", false},
		"all done, no end yet":             {"null", completed + "," + failed, "IN_PROGRESS", "", "", false},
		"unknown state, no end yet":        {"null", skipped, "IN_PROGRESS", "", "", false},
		"succeeded":                        {end, completed + "," + completed, "COMPLETE", "", "", false},
		"failed":                           {end, failed, "FAILED", "X", "1 of 1 engagements failed; eng-b: X: text", false},
		"failed for one reason":            {end, failed + "," + failed, "FAILED", "X", "2 of 2 engagements failed; eng-b: X: text; eng-b: X: text", false},
		"failed for several":               {end, failed + "," + failed2, "FAILED", "", "2 of 2 engagements failed; eng-b: X: text; eng-c: Y", false},
		"failed a lot":                     {end, strings.Repeat(failed+",", 9) + failed, "FAILED", "X", "10 of 10 engagements failed; eng-b: X: text; eng-b: X: text; eng-b: X: text; …", false},
		"mixed":                            {end, completed + "," + failed, "FAILED", "", "1 of 2 engagements failed; eng-b: X: text", true},
		"ended, one waiting":               {end, completed + "," + pending, "IN_PROGRESS", "", "", false},
		"ended, one running, one failed":   {end, failed + "," + running, "IN_PROGRESS", "", "", false},
		"ended, one without state":         {end, completed + "," + stateless, "IN_PROGRESS", "", "", false},
		"ended, one unknown":               {end, completed + "," + skipped, "SKIPPED", "", `an engagement in the state "SKIPPED"`, false},
		"ended, one failed, one unknown":   {end, failed + "," + skipped, "SKIPPED", "", `an engagement in the state "SKIPPED"`, false},
		"ended, a word of the other kinds": {end, classic, "UNKNOWN_OUTCOME", "", `an engagement in the state "COMPLETE"`, false},
		"ended, no results":                {end, "", "UNKNOWN_OUTCOME", "", "not how its engagements fared", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := prospectingOf(t, `{"TaskId":"`+prospectingID+`","TaskArn":"arn:x","TaskName":"n","StartTime":"2026-08-01T12:00:00Z","EndTime":`+test.end+`,"Engagements":[`+test.engagements+`]}`)
			require.Equal(t, test.status, task.Status)
			require.Equal(t, test.reason, task.ReasonCode)
			require.Contains(t, task.Message, test.message)
			require.Equal(t, test.message == "", task.Message == "")
			require.Equal(t, test.end == "null", task.EndTime.IsZero())
			require.Equal(t, test.status == "COMPLETE" || test.status == "FAILED", task.Done())
			require.Equal(t, "Sandbox", task.Catalog, "of the request")
			require.Equal(t, strings.Count(test.engagements, "EngagementIdentifier"), len(task.Engagements()))

			var whole *pc.TaskFailedError
			require.Equal(t, test.status == "FAILED", errors.As(task.Err(), &whole), "a failure in part is a failure to those who know no better")
			if test.partly {
				failed := whole.FailedEngagements()
				require.Equal(t, "ctx-a", *task.Engagements()[0].EngagementContextId)
				require.Equal(t, "text", *failed[0].Message)
				require.Equal(t, "X", *failed[0].ReasonCode)
				require.Equal(t, task, whole.Task)
				require.ErrorContains(t, whole, "failed in part: 1 of 2 engagements failed; eng-b")
				require.Contains(t, whole.Remedy(), "each failed engagement")
			}
		})
	}
	t.Run("no list at all", func(t *testing.T) {
		task := prospectingOf(t, `{"TaskId":"x","EndTime":`+end+`}`)
		require.Equal(t, pc.TaskStatus("UNKNOWN_OUTCOME"), task.Status)
		require.False(t, task.Done())
		require.ErrorContains(t, &pc.WaitError{State: pc.WaitUnknownStatus, Task: task}, "not how its engagements fared")
	})
}

func TestProspectingTaskOfItsStart(t *testing.T) {
	t.Parallel()
	start := func(body string) pc.Task {
		in := prospectingInput()
		in.ClientToken = aws.String("token-1")
		out, err := newClient(answers(answer(200, body))).StartProspectingFromEngagementTask(context.Background(), in)
		require.NoError(t, err)
		return out.Task()
	}
	want := pc.Task{
		Kind: pc.TaskKindProspectingFromEngagement, Catalog: "Sandbox", ID: prospectingID, ClientToken: "token-1", Name: "autumn",
		ARN:    arnPrefix + "prospecting-from-engagement-task/" + prospectingID,
		Status: pc.TaskStatusInProgress, StartTime: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC),
	}
	require.Equal(t, want, start(startedProsp))
	require.Equal(t, want, start(strings.Replace(startedProsp, "PENDING", "IN_PROGRESS", 1)))
	require.Equal(t, want, start(strings.Replace(startedProsp, "PENDING", "COMPLETED", 1)), "how the engagements fared is not known yet")

	failed := start(`{"TaskId":"x","TaskStatus":"FAILED","ReasonCode":"Quota","Message":"too many"}`)
	require.True(t, failed.Done())
	require.ErrorContains(t, failed.Err(), "Quota: too many")
	require.Equal(t, "autumn", failed.Name, "of the request")
	require.Equal(t, pc.TaskStatus("PAUSED"), start(`{"TaskId":"x","TaskStatus":"PAUSED"}`).Status)

	unsent := prospectingInput().Task()
	require.Equal(t, pc.Task{Kind: pc.TaskKindProspectingFromEngagement, Catalog: "Sandbox", Name: "autumn"}, unsent)
	require.Equal(t, `ProspectingFromEngagement task "autumn" in Sandbox`, unsent.String())
}

func TestProspectingTaskOfAList(t *testing.T) {
	t.Parallel()
	end := aws.Time(time.Date(2026, 8, 1, 12, 0, 9, 0, time.UTC))
	for name, test := range map[string]struct {
		end                      *time.Time
		total, completed, failed *int32
		status                   pc.TaskStatus
	}{
		"running":        {nil, aws.Int32(3), aws.Int32(3), aws.Int32(0), "IN_PROGRESS"},
		"succeeded":      {end, aws.Int32(3), aws.Int32(3), aws.Int32(0), "COMPLETE"},
		"mixed":          {end, aws.Int32(3), aws.Int32(2), aws.Int32(1), "FAILED"},
		"failed":         {end, aws.Int32(3), aws.Int32(0), aws.Int32(3), "FAILED"},
		"ended too soon": {end, aws.Int32(3), aws.Int32(1), aws.Int32(1), "IN_PROGRESS"},
		"no counts":      {end, nil, nil, nil, "UNKNOWN_OUTCOME"},
		"nonsense":       {end, aws.Int32(-1), aws.Int32(-5), nil, "UNKNOWN_OUTCOME"},
	} {
		s := pc.ProspectingTaskSummary{TaskId: aws.String(prospectingID), TaskName: aws.String("n"), EndTime: test.end, TotalEngagementCount: test.total, CompletedEngagementCount: test.completed, FailedEngagementCount: test.failed}
		task := s.Task()
		require.Equal(t, test.status, task.Status, name)
		require.Equal(t, "n", task.Name)
		require.Nil(t, task.Engagements())
		if test.status == "FAILED" {
			require.ErrorContains(t, task.Err(), fmt.Sprintf("%d of 3 engagements failed", *test.failed))
		}
	}
}

func TestProspectingTaskIsItsOwnResumeToken(t *testing.T) {
	t.Parallel()
	task := prospectingOf(t, `{"TaskId":"x","TaskArn":"arn:x","TaskName":"n","StartTime":"2026-08-01T12:00:00Z","EndTime":"2026-08-01T14:00:09.000000001+02:00","Engagements":[{"EngagementIdentifier":"eng-a","Status":"COMPLETED","EngagementContextId":"ctx-a"},{"EngagementIdentifier":"eng-b","Status":"FAILED","ReasonCode":"X","Message":"<&>"}]}`)
	b, err := json.Marshal(task)
	require.NoError(t, err)
	require.Contains(t, string(b), `"Engagements":[{"EngagementContextId":"ctx-a"`)
	var back pc.Task
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, task, back)
	require.True(t, task == back, "a task stays comparable with ==")
	require.Equal(t, task.Engagements(), back.Engagements())

	// What a caller does to the results stays with the caller.
	task.Engagements()[0].Status = "CHANGED"
	require.Equal(t, pc.ProspectingTaskStatusCompleted, task.Engagements()[0].Status)

	far := pc.Task{}
	require.NoError(t, json.Unmarshal([]byte(`{"Version":1,"EndTime":"9999-12-31T23:59:59-01:00"}`), &far))
	_, err = json.Marshal(far)
	require.NoError(t, err, "a task that was read can be saved")
}

func TestOpportunityTaskOfItsStart(t *testing.T) {
	t.Parallel()
	in := fromEngagementInput()
	in.Identifier = aws.String("arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement/eng-0123456789abcd")
	in.ClientToken = aws.String("token-1")
	out, err := newClient(answers(answer(200, `{"TaskId":"`+classicID+`","TaskStatus":"IN_PROGRESS","ContextId":"2","ResourceSnapshotJobId":"job-1"}`))).StartOpportunityFromEngagementTask(context.Background(), in)
	require.NoError(t, err)
	require.Equal(t, pc.Task{
		Kind: pc.TaskKindOpportunityFromEngagement, Catalog: "Sandbox", ID: classicID, ClientToken: "token-1", Status: pc.TaskStatusInProgress,
		EngagementID: "eng-0123456789abcd", ContextID: "2", ResourceSnapshotJobID: "job-1",
	}, out.Task())
	require.Equal(t, "OpportunityFromEngagement task of engagement eng-0123456789abcd in Sandbox", in.Task().String())
}

func FuzzProspectingOutcome(f *testing.F) {
	f.Add([]byte(startedProsp))
	f.Add([]byte(runningProsp))
	f.Add([]byte(`{"TaskId":"x","EndTime":"2026-08-01T12:00:00Z","Engagements":[{"Status":"COMPLETED"},{"Status":"FAILED","ReasonCode":"X"},null,{"Status":"COMPLETE"}]}`))
	f.Add([]byte(`{"TaskSummaries":[{"EndTime":"9999-12-31T23:59:59-12:00","TotalEngagementCount":2147483647,"FailedEngagementCount":-2147483648}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		ctx := context.Background()
		client := newClient(answers(answer(200, string(body))), func(o *pc.Options) { o.Retryer = aws.NopRetryer{} })
		saves := func(task pc.Task) {
			b, err := json.Marshal(task)
			var back pc.Task
			if err != nil || json.Unmarshal(b, &back) != nil || back != task {
				t.Fatalf("%s: %#v is not saved: %v", body, task, err)
			}
		}
		if out, err := client.GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{Catalog: aws.String("AWS"), TaskIdentifier: aws.String(prospectingID)}); err == nil {
			task := out.Task()
			saves(task)
			n := map[pc.ProspectingTaskStatus]int{}
			for _, e := range out.Engagements {
				n[e.Status]++
			}
			ended := out.EndTime != nil && n["COMPLETED"]+n["FAILED"] == len(out.Engagements) && len(out.Engagements) > 0
			if task.Done() && !ended || task.Status == pc.TaskStatusComplete && n["FAILED"] > 0 {
				t.Fatalf("%s: taken for %s", body, task.Status)
			}
			if len(task.Engagements()) != len(out.Engagements) {
				t.Fatalf("%s: results lost", body)
			}
		}
		if out, err := client.ListProspectingFromEngagementTasks(ctx, &pc.ListProspectingFromEngagementTasksInput{Catalog: aws.String("AWS")}); err == nil {
			for _, s := range out.TaskSummaries {
				saves(s.Task())
			}
		}
		if out, err := client.StartProspectingFromEngagementTask(ctx, prospectingInput()); err == nil {
			task := out.Task()
			saves(task)
			if task.Status == pc.TaskStatusComplete {
				t.Fatalf("%s: a Start does not tell success", body)
			}
		}
	})
}
