package partnercentraltest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

type listInput = partnercentral.ListEngagementFromOpportunityTasksInput

func list(t testing.TB, client *partnercentral.Client, in listInput) *partnercentral.ListEngagementFromOpportunityTasksOutput {
	t.Helper()
	in.Catalog = aws.String("Sandbox")
	out, err := client.ListEngagementFromOpportunityTasks(context.Background(), &in)
	require.NoError(t, err)
	return out
}

func idsOf(out *partnercentral.ListEngagementFromOpportunityTasksOutput) []string {
	ids := []string{}
	for _, s := range out.TaskSummaries {
		ids = append(ids, *s.TaskId)
	}
	return ids
}

func startTasks(t testing.TB, client *partnercentral.Client, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		out, err := client.StartEngagementFromOpportunityTask(context.Background(), submit(fmt.Sprintf("O%d", i), fmt.Sprintf("token-%d", i)))
		require.NoError(t, err)
		ids = append(ids, *out.TaskId)
	}
	return ids
}

func TestPagesAreStableWhileTasksAreAdded(t *testing.T) {
	t.Parallel()
	ascending := &partnercentral.ListTasksSortBase{SortBy: partnercentral.ListTasksSortNameStartTime, SortOrder: partnercentral.SortOrderAscending}
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		ids := startTasks(t, client, 5)
		first := list(t, client, listInput{MaxResults: aws.Int32(2)})
		require.Equal(t, []string{ids[4], ids[3]}, idsOf(first))
		up := list(t, client, listInput{MaxResults: aws.Int32(2), Sort: ascending})
		require.Equal(t, ids[:2], idsOf(up))

		late, err := client.StartEngagementFromOpportunityTask(context.Background(), submit("O99", "late"))
		require.NoError(t, err)

		second := list(t, client, listInput{MaxResults: aws.Int32(3), NextToken: first.NextToken})
		require.Equal(t, []string{ids[2], ids[1], ids[0]}, idsOf(second))
		require.NotNil(t, second.NextToken, "a full page does not know that it is the last")
		third := list(t, client, listInput{NextToken: second.NextToken})
		require.Empty(t, third.TaskSummaries)
		require.Nil(t, third.NextToken)

		rest := list(t, client, listInput{NextToken: up.NextToken, Sort: ascending})
		require.Equal(t, []string{ids[2], ids[3], ids[4], *late.TaskId}, idsOf(rest))
		require.Nil(t, rest.NextToken)
	})
}

func TestTokensAreBoundToTheirList(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		startTasks(t, client, 3)
		token := list(t, client, listInput{MaxResults: aws.Int32(1)}).NextToken
		require.NotNil(t, token)
		require.NotEmpty(t, list(t, client, listInput{NextToken: token, MaxResults: aws.Int32(2)}).TaskSummaries)

		other := func(in listInput) error {
			in.Catalog = aws.String("Sandbox")
			_, err := client.ListEngagementFromOpportunityTasks(context.Background(), &in)
			return err
		}
		flipped := *token
		flipped = flipped[:len(flipped)-2] + string(flipped[len(flipped)-2]^1) + flipped[len(flipped)-1:]
		for name, err := range map[string]error{
			"filter":   other(listInput{NextToken: token, TaskStatus: []partnercentral.TaskStatus{partnercentral.TaskStatusFailed}}),
			"order":    other(listInput{NextToken: token, Sort: &partnercentral.ListTasksSortBase{SortBy: "StartTime", SortOrder: "ASCENDING"}}),
			"altered":  other(listInput{NextToken: &flipped}),
			"invented": other(listInput{NextToken: aws.String("t")}),
			"catalog": func() error {
				_, err := client.ListEngagementFromOpportunityTasks(context.Background(), &listInput{Catalog: aws.String("AWS"), NextToken: token})
				return err
			}(),
			"operation": func() error {
				_, err := client.ListEngagementByAcceptingInvitationTasks(context.Background(), &partnercentral.ListEngagementByAcceptingInvitationTasksInput{Catalog: aws.String("Sandbox"), NextToken: token})
				return err
			}(),
			"world": func() error {
				_, err := client.ListEngagementFromOpportunityTasks(context.Background(), &listInput{Catalog: aws.String("Sandbox"), NextToken: token}, as("SOMEBODYELSE"))
				return err
			}(),
		} {
			var invalid *partnercentral.ValidationException
			require.ErrorAs(t, err, &invalid, name)
			require.Equal(t, "NextToken", *invalid.ErrorList[0].FieldName, name)
		}
		svc.Reset()
		require.Error(t, other(listInput{NextToken: token}), "a token of before the reset")
	})
}

func as(accessKeyID string) func(*partnercentral.Options) {
	return withCredentials(accessKeyID, partnercentraltest.DefaultSecretAccessKey)
}

func withCredentials(accessKeyID, secret string) func(*partnercentral.Options) {
	return func(o *partnercentral.Options) {
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secret}, nil
		})
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		svc.When(startOp, partnercentraltest.WithIdentifier("O1")).Script(partnercentraltest.Immediately(partnercentraltest.Fail("OpportunityConflict", "m")))
		svc.When(startOp, partnercentraltest.WithToken("token-2")).Script(partnercentraltest.Immediately(partnercentraltest.Complete()))
		ids := startTasks(t, client, 5)
		complete := list(t, client, listInput{TaskIdentifier: ids[2:3]}).TaskSummaries[0]
		require.Equal(t, partnercentral.TaskStatusComplete, complete.TaskStatus)

		failed, running, done := partnercentral.TaskStatusFailed, partnercentral.TaskStatusInProgress, partnercentral.TaskStatusComplete
		arn := "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/" + ids[3]
		for name, c := range map[string]struct {
			in   listInput
			want []string
		}{
			"none":               {listInput{}, []string{ids[4], ids[3], ids[2], ids[1], ids[0]}},
			"ids and arn, twice": {listInput{TaskIdentifier: []string{ids[0], arn, ids[3], "task-0000000000000"}}, []string{ids[3], ids[0]}},
			"opportunities":      {listInput{OpportunityIdentifier: []string{"O0", "O4", "O77"}}, []string{ids[4], ids[0]}},
			"engagement":         {listInput{EngagementIdentifier: []string{*complete.EngagementId}}, []string{ids[2]}},
			"engagement by arn":  {listInput{EngagementIdentifier: []string{"arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement/" + *complete.EngagementId}}, []string{ids[2]}},
			"one state":          {listInput{TaskStatus: []partnercentral.TaskStatus{running}}, []string{ids[4], ids[3], ids[0]}},
			"two states":         {listInput{TaskStatus: []partnercentral.TaskStatus{failed, done}}, []string{ids[2], ids[1]}},
			"all together":       {listInput{TaskIdentifier: ids, OpportunityIdentifier: []string{"O2", "O3"}, EngagementIdentifier: []string{*complete.EngagementId}, TaskStatus: []partnercentral.TaskStatus{done}}, []string{ids[2]}},
			"nothing is both":    {listInput{OpportunityIdentifier: []string{"O1"}, TaskStatus: []partnercentral.TaskStatus{running}}, []string{}},
		} {
			require.Equal(t, c.want, idsOf(list(t, client, c.in)), name)
		}
		// What is only known of a finished task is not found before.
		svc.Advance(time.Minute)
		later := list(t, client, listInput{TaskIdentifier: ids[:1]}).TaskSummaries[0]
		require.Equal(t, ids[:1], idsOf(list(t, client, listInput{EngagementIdentifier: []string{*later.EngagementId}})))
		other, err := client.ListEngagementFromOpportunityTasks(context.Background(), &listInput{Catalog: aws.String("AWS")})
		require.NoError(t, err)
		require.Empty(t, other.TaskSummaries, "catalogs are apart")
	})
}

// The real service gives a token even when every task asked for is there.
func TestNextTokenThoughAllWasFound(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, _ service, client *partnercentral.Client) {
		ids := startTasks(t, client, 2)
		found := list(t, client, listInput{TaskIdentifier: ids})
		require.NotNil(t, found.NextToken)
		rest := list(t, client, listInput{TaskIdentifier: ids, NextToken: found.NextToken})
		require.Empty(t, rest.TaskSummaries)
		require.Nil(t, rest.NextToken)
		require.Nil(t, list(t, client, listInput{}).NextToken, "the whole list on one page")
		require.Nil(t, list(t, client, listInput{TaskIdentifier: append(ids, "task-0000000000000")}).NextToken, "one was looked for to the end")
	})
}

// With a clock that stands still until it is moved, and in the time of a bubble.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		svc.SetClockSpeed(0)
		testOutcomes(t, svc, client, svc.Advance)
	})
	t.Run("bubble", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			svc := partnercentraltest.New(t)
			testOutcomes(t, local{svc}, svc.Client(), time.Sleep)
		})
	})
}

func testOutcomes(t *testing.T, svc service, client *partnercentral.Client, pass func(time.Duration)) {
	fail := partnercentraltest.Fail(partnercentral.ReasonCodeOpportunitySubmissionFailed, "m")
	svc.Script(startOp,
		partnercentraltest.Immediately(fail),
		partnercentraltest.AfterPolls(2, partnercentraltest.Complete()),
		partnercentraltest.VisibleAfter(3*time.Second, partnercentraltest.After(time.Second, fail)),
		partnercentraltest.Never(),
		partnercentraltest.Immediately(partnercentraltest.EndIn("PAUSED")),
		partnercentraltest.Immediately(partnercentraltest.WithoutTaskID(partnercentraltest.Complete())))
	status := func(i int) string {
		out := list(t, client, listInput{OpportunityIdentifier: []string{fmt.Sprintf("O%d", i)}})
		if len(out.TaskSummaries) == 0 {
			return "hidden"
		}
		return string(out.TaskSummaries[0].TaskStatus)
	}
	var started []*partnercentral.StartEngagementFromOpportunityTaskOutput
	for i := range 7 {
		out, err := client.StartEngagementFromOpportunityTask(context.Background(), submit(fmt.Sprintf("O%d", i), fmt.Sprintf("t%d", i)))
		require.NoError(t, err)
		started = append(started, out)
	}
	require.Equal(t, partnercentral.TaskStatusFailed, started[0].TaskStatus)
	require.Nil(t, started[0].ResourceSnapshotJobId)
	require.NotNil(t, list(t, client, listInput{OpportunityIdentifier: []string{"O0"}}).TaskSummaries[0].ResourceSnapshotJobId,
		"the submission is the last step: the job was there before it")
	require.Equal(t, []string{"IN_PROGRESS", "IN_PROGRESS", "COMPLETE"}, []string{status(1), status(1), status(1)})
	require.Equal(t, "hidden", status(2))
	require.EqualValues(t, "PAUSED", started[4].TaskStatus)
	require.Nil(t, started[5].TaskId)
	require.Nil(t, started[5].TaskArn)
	require.NotNil(t, list(t, client, listInput{OpportunityIdentifier: []string{"O5"}}).TaskSummaries[0].TaskId)

	pass(3*time.Second - time.Nanosecond)
	require.Equal(t, "hidden", status(2))
	pass(time.Nanosecond)
	require.Equal(t, "FAILED", status(2))
	pass(2*time.Second - time.Nanosecond)
	require.Equal(t, "IN_PROGRESS", status(6), "after the script the default: five seconds")
	pass(time.Nanosecond)
	require.Equal(t, "COMPLETE", status(6))
	pass(1000 * time.Hour)
	require.Equal(t, "IN_PROGRESS", status(3))
}

func TestAFailedTaskGoesOnWhereItCan(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t, partnercentraltest.WithDefaultOutcome(partnercentraltest.Immediately(partnercentraltest.Complete())))
	client := svc.Client()
	first, err := client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"))
	require.NoError(t, err)
	second, err := client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "b"))
	require.NoError(t, err)
	require.Equal(t, *first.EngagementId, *second.EngagementId, "created if there is none")
	require.Equal(t, *first.EngagementInvitationId, *second.EngagementInvitationId)
	require.NotEqual(t, *first.ResourceSnapshotJobId, *second.ResourceSnapshotJobId)
}

func TestIDsAreReproducible(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []string {
		return startTasks(t, partnercentraltest.New(t, partnercentraltest.WithSeed(seed)).Client(), 3)
	}
	require.Equal(t, run(7), run(7))
	require.NotEqual(t, run(7), run(8))
}

// Every member that a recorded answer of the real service has must be in the
// fake's answer, in the same order, and no other; null where there is nothing.
func TestAnswersHaveTheRecordedShape(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../testdata/recorded-answers.json")
	require.NoError(t, err)
	var recorded struct {
		Answers []struct{ Operation, Body string }
	}
	require.NoError(t, json.Unmarshal(text, &recorded))

	throughRawDoors(t, func(t *testing.T, svc service, transport http.RoundTripper) {
		bodies := map[string]string{
			"StartEngagementFromOpportunityTask":       `{"Catalog":"AWS","ClientToken":"a","Identifier":"O1","AwsSubmission":{"InvolvementType":"Co-Sell"}}`,
			"StartEngagementByAcceptingInvitationTask": `{"Catalog":"AWS","ClientToken":"a","Identifier":"engi-0000000000000"}`,
			"ListEngagementFromOpportunityTasks":       `{"Catalog":"AWS"}`,
			"ListEngagementByAcceptingInvitationTasks": `{"Catalog":"AWS"}`,
		}
		for _, op := range []string{"StartEngagementFromOpportunityTask", "StartEngagementByAcceptingInvitationTask"} {
			svc.Script(partnercentraltest.Operation(op), partnercentraltest.Immediately(partnercentraltest.Complete()))
			post(t, transport, op, bodies[op])
		}
		compared := 0
		for _, r := range recorded.Answers {
			if bodies[r.Operation] == "" {
				continue
			}
			compared++
			answer, body := post(t, transport, r.Operation, bodies[r.Operation])
			require.Equal(t, 200, answer.StatusCode, body)
			require.Equal(t, memberNames(t, r.Body), memberNames(t, body), r.Operation)
		}
		require.GreaterOrEqual(t, compared, 9)
		_, body := post(t, transport, "ListEngagementFromOpportunityTasks", `{"Catalog":"Sandbox"}`)
		require.Equal(t, `{"NextToken":null,"TaskSummaries":[]}`, body, "as recorded, 37 bytes")
	})
}

// memberNames returns the member names of a JSON text in the order they come.
func memberNames(t testing.TB, text string) []string {
	t.Helper()
	var found []string
	for _, m := range regexp.MustCompile(`"([A-Za-z]+)"\s*:`).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	require.True(t, slices.IsSorted(found[2:]), "%v", found)
	return found
}

// post sends a raw body over the route with a target header.
func post(t testing.TB, transport http.RoundTripper, operation, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "https://partnercentral-selling.us-east-1.api.aws/", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AWSPartnerCentralSelling."+operation)
	return roundTrip(t, transport, r)
}

func roundTrip(t testing.TB, transport http.RoundTripper, r *http.Request) (*http.Response, string) {
	t.Helper()
	answer, err := transport.RoundTrip(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(text)
}

// One id must not be the next one moved by a digit.
func TestIDsAreNotShiftsOfEachOther(t *testing.T) {
	t.Parallel()
	ids := startTasks(t, partnercentraltest.New(t).Client(), 50)
	for i, id := range ids[1:] {
		require.NotContains(t, id, ids[i][len("task-")+1:])
	}
}
