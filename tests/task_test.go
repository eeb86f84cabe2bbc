package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) Do(r *http.Request) (*http.Response, error) { return f(r) }

// clientAnswering returns a real client whose every call gets the body as
// answer.
func clientAnswering(body string) *partnercentral.Client {
	return partnercentral.New(partnercentral.Options{
		Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}, nil
		}),
		HTTPClient: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: 200,
				Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
				Body:       io.NopCloser(strings.NewReader(body)),
			}, nil
		}),
	})
}

func everyTask() []partnercentral.Task {
	base := partnercentral.Task{
		Kind:                   partnercentral.TaskKindEngagementFromOpportunity,
		Catalog:                partnercentral.CatalogSandbox,
		ID:                     "task-0000000000001",
		ARN:                    "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/task-0000000000001",
		ClientToken:            "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
		StartTime:              time.Date(2025, 2, 15, 20, 37, 10, 905929380, time.UTC),
		OpportunityID:          "O5408941",
		EngagementID:           "eng-aw5093t842oqqt",
		EngagementInvitationID: "engi-fiqoy0awyqun2",
		ResourceSnapshotJobID:  "job-tb8lusn41h2eb",
		ContextID:              "2",
	}
	unsent := partnercentral.Task{Kind: base.Kind, Catalog: base.Catalog, ClientToken: base.ClientToken, OpportunityID: base.OpportunityID}
	tasks := []partnercentral.Task{{}, unsent}
	for _, status := range append(partnercentral.TaskStatus("").Values(), "SOMETHING_NEW") {
		t := base
		t.Status = status
		if status == partnercentral.TaskStatusFailed {
			t.ReasonCode = partnercentral.ReasonCodeOpportunityValidationFailed
			t.Message = "close date is in the \"past\"\n<&> é"
		}
		tasks = append(tasks, t)
	}
	return tasks
}

func TestTaskIsItsOwnResumeToken(t *testing.T) {
	t.Parallel()
	for _, task := range everyTask() {
		b, err := json.Marshal(task)
		require.NoError(t, err)
		var back partnercentral.Task
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, task, back, "%s", b)
		require.True(t, task == back, "a task stays comparable with ==")
	}
}

func TestTaskStartTimeIsSavedInUTC(t *testing.T) {
	t.Parallel()
	local := time.Date(2025, 1, 2, 3, 4, 5, 6, time.FixedZone("", 2*3600))
	b, err := json.Marshal(partnercentral.Task{StartTime: local})
	require.NoError(t, err)
	require.JSONEq(t, `{"Version":1,"StartTime":"2025-01-02T01:04:05.000000006Z"}`, string(b))
}

func TestTaskOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	for in, version := range map[string]int{
		`{"Version":2,"Kind":{"new":"form"}}`:  2,
		`{"Version":-1}`:                       -1,
		`{"Kind":"EngagementFromOpportunity"}`: 0,
		`{}`:                                   0,
	} {
		task := partnercentral.Task{ID: "kept"}
		err := json.Unmarshal([]byte(in), &task)
		if version == 0 {
			require.ErrorContains(t, err, "it has no version", in)
		} else {
			require.ErrorContains(t, err, fmt.Sprintf("version %d is not readable here (up to 1)", version), in)
		}
		require.Equal(t, partnercentral.Task{ID: "kept"}, task, "a refused task leaves the old one")
	}
}

func TestTaskJSONTolerance(t *testing.T) {
	t.Parallel()
	task := partnercentral.Task{ID: "kept"}
	require.NoError(t, json.Unmarshal([]byte(`null`), &task))
	require.Equal(t, partnercentral.Task{ID: "kept"}, task)
	require.NoError(t, json.Unmarshal([]byte(`{"Version":1,"ID":"task-1","Later":[1]}`), &task))
	require.Equal(t, partnercentral.Task{ID: "task-1"}, task)
	require.Error(t, json.Unmarshal([]byte(`{"Version":1,"ID":7}`), &task))
	require.Error(t, json.Unmarshal([]byte(`[]`), &task))
}

func FuzzTaskJSON(f *testing.F) {
	for _, task := range everyTask() {
		b, err := json.Marshal(task)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"Version":1,"StartTime":"0001-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"version":1,"ID":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var task partnercentral.Task
		if json.Unmarshal(b, &task) != nil {
			return
		}
		again, err := json.Marshal(task)
		if err != nil {
			t.Fatalf("a task that was read cannot be saved: %v", err)
		}
		var back partnercentral.Task
		if err := json.Unmarshal(again, &back); err != nil || back != task {
			t.Fatalf("%s: %#v, then %#v, %v", b, task, back, err)
		}
	})
}

func TestTaskDoneAndErr(t *testing.T) {
	t.Parallel()
	for status, done := range map[partnercentral.TaskStatus]bool{
		"": false, partnercentral.TaskStatusInProgress: false, "NEW": false,
		partnercentral.TaskStatusComplete: true, partnercentral.TaskStatusFailed: true,
	} {
		task := partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity, ID: "task-1", Status: status}
		require.Equal(t, done, task.Done(), status)
		if status != partnercentral.TaskStatusFailed {
			require.NoError(t, task.Err(), status)
		}
	}
	task := partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "AWS", ID: "task-1", ClientToken: "hide-me",
		Status:     partnercentral.TaskStatusFailed,
		ReasonCode: partnercentral.ReasonCodeOpportunityConflict, Message: "already submitted",
	}
	var failed *partnercentral.TaskFailedError
	require.ErrorAs(t, task.Err(), &failed)
	require.Equal(t, task, failed.Task)
	require.Equal(t, partnercentral.ReasonCodeOpportunityConflict.Remedy(), failed.Remedy())
	require.NotEmpty(t, failed.Remedy())
	require.Equal(t, "EngagementFromOpportunity task task-1 in AWS failed: OpportunityConflict: already submitted", failed.Error())
}

func TestTaskObject(t *testing.T) {
	task := partnercentral.Task{OpportunityID: "O1", EngagementInvitationID: "engi-1", EngagementID: "eng-1", Name: "n"}
	for kind, want := range map[partnercentral.TaskKind]string{
		partnercentral.TaskKindEngagementFromOpportunity:       "O1",
		partnercentral.TaskKindEngagementByAcceptingInvitation: "engi-1",
		partnercentral.TaskKindOpportunityFromEngagement:       "eng-1",
		partnercentral.TaskKindProspectingFromEngagement:       "n",
		"":           "",
		"NewFromOld": "",
	} {
		task.Kind = kind
		require.Equal(t, want, task.Object())
	}
	require.Empty(t, partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity}.Object())
}

func TestTaskIsPrintedWithoutItsToken(t *testing.T) {
	t.Parallel()
	for _, task := range everyTask() {
		task.ClientToken = "hide-me"
		for _, text := range []string{
			fmt.Sprint(task), fmt.Sprintf("%+v %#v %s", task, task, task), fmt.Sprint(task.LogValue()), fmt.Sprintf("%+v", []partnercentral.Task{task}),
			(&partnercentral.WaitError{Task: task}).Error(),
			(&partnercentral.TaskFailedError{Task: task}).Error(),
		} {
			require.NotContains(t, text, "hide-me")
		}
	}
}

func TestStartAnswerBecomesTask(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const arn = "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/task-1z5yaau8pu5k8"
	client := clientAnswering(`{"TaskArn":"` + arn + `","TaskStatus":"IN_PROGRESS","ReasonCode":"null","StartTime":"2025-02-15T20:37:10.90592938Z"}`)
	in := &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String("Sandbox"),
		Identifier:    aws.String("O5408941"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	}
	out, err := client.StartEngagementFromOpportunityTask(ctx, in)
	require.NoError(t, err)
	task := out.Task()
	require.NotEmpty(t, task.ClientToken, "the token that was filled in is known")
	require.NotContains(t, fmt.Sprintf("%+v", out), task.ClientToken)
	task.ClientToken = ""
	require.Equal(t, partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "Sandbox",
		ID: "task-1z5yaau8pu5k8", ARN: arn, Status: partnercentral.TaskStatusInProgress,
		StartTime:     time.Date(2025, 2, 15, 20, 37, 10, 905929380, time.UTC),
		OpportunityID: "O5408941",
	}, task)

	in.ClientToken = aws.String("mine")
	out, err = client.StartEngagementFromOpportunityTask(ctx, in)
	require.NoError(t, err)
	require.Equal(t, "mine", out.Task().ClientToken)
}

func TestAcceptedInvitationBecomesTask(t *testing.T) {
	t.Parallel()
	client := clientAnswering(`{"TaskId":null,"TaskArn":null,"TaskStatus":"COMPLETE","OpportunityId":"O1111111",
		"EngagementInvitationId":"arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-0000001abc3de"}`)
	out, err := client.StartEngagementByAcceptingInvitationTask(context.Background(), &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
		Catalog:     aws.String("AWS"),
		Identifier:  aws.String("arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-0000001abc3de"),
		ClientToken: aws.String("mine"),
	})
	require.NoError(t, err)
	require.Equal(t, partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementByAcceptingInvitation, Catalog: "AWS", ClientToken: "mine",
		Status: partnercentral.TaskStatusComplete, OpportunityID: "O1111111", EngagementInvitationID: "engi-0000001abc3de",
	}, out.Task())
}

func TestOutputOfAMockBecomesTask(t *testing.T) {
	t.Parallel()
	out := &partnercentral.StartEngagementByAcceptingInvitationTaskOutput{
		TaskId:  aws.String("task-thqoe8sf0cnfx"),
		TaskArn: aws.String("arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-by-accepting-invitation-task/task-thqoe8sf0cnfx"),
	}
	require.Equal(t, "AWS", out.Task().Catalog)
	require.Equal(t, "task-thqoe8sf0cnfx", out.Task().ID)
	for _, arn := range []string{"", "task-1", "arn:aws:partnercentral:us-east-1::catalog/", "arn:x:catalog/AWS"} {
		bare := &partnercentral.StartEngagementFromOpportunityTaskOutput{TaskArn: aws.String(arn)}
		require.Empty(t, bare.Task().Catalog, arn)
	}
	require.Equal(t, partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity}, (&partnercentral.StartEngagementFromOpportunityTaskOutput{}).Task())
}

func TestInputAndSummaryBecomeTasks(t *testing.T) {
	t.Parallel()
	require.Equal(t, partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementByAcceptingInvitation, Catalog: "AWS", ClientToken: "tok", EngagementInvitationID: "engi-0000001abc3de",
	}, (&partnercentral.StartEngagementByAcceptingInvitationTaskInput{
		Catalog: aws.String("AWS"), ClientToken: aws.String("tok"),
		Identifier: aws.String("arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-0000001abc3de"),
	}).Task())
	require.Equal(t, partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "AWS", OpportunityID: "O1",
	}, (&partnercentral.StartEngagementFromOpportunityTaskInput{Catalog: aws.String("AWS"), Identifier: aws.String("O1")}).Task())

	summary := partnercentral.ListEngagementFromOpportunityTaskSummary{
		TaskId: aws.String("task-1"), TaskStatus: partnercentral.TaskStatusFailed, ReasonCode: partnercentral.ReasonCodeInternalError,
		Message: aws.String("try later"), OpportunityId: aws.String("O1"), EngagementId: aws.String("eng-1"),
	}
	require.Equal(t, partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementFromOpportunity, ID: "task-1", Status: partnercentral.TaskStatusFailed,
		ReasonCode: partnercentral.ReasonCodeInternalError, Message: "try later", OpportunityID: "O1", EngagementID: "eng-1",
	}, summary.Task())
	accepted := partnercentral.ListEngagementByAcceptingInvitationTaskSummary{TaskId: aws.String("task-2"), EngagementInvitationId: aws.String("engi-1")}
	require.Equal(t, "engi-1", accepted.Task().EngagementInvitationID)
}

func TestTimeoutIsADeadline(t *testing.T) {
	t.Parallel()
	throttled := &partnercentral.ThrottlingException{}
	err := error(&partnercentral.WaitError{State: partnercentral.WaitTimedOut, Task: everyTask()[2], Elapsed: time.Minute, Polls: 3, Err: throttled})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, context.Canceled)
	var as *partnercentral.ThrottlingException
	require.ErrorAs(t, err, &as)
	require.Contains(t, err.Error(), "task-0000000000001")
	require.Contains(t, err.Error(), "3 polls")
}
