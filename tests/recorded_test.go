package tests

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

// Every recorded answer is decoded, and every member of the output is held
// against the JSON.
func TestRecordedAnswers(t *testing.T) {
	seen := map[string]int{}
	for _, recorded := range recordedAnswers(t) {
		seen[recorded.Operation]++
		t.Run(recorded.Operation, func(t *testing.T) {
			client := newClient(answers(answer(recorded.Status, recorded.Body, "X-Amzn-Requestid", recorded.RequestID, "Content-Type", "application/json")))
			method := reflect.ValueOf(client).MethodByName(recorded.Operation)
			require.True(t, method.IsValid(), "the client has no such operation")
			results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), validInput(t, recorded.Operation)})
			require.Nil(t, results[1].Interface())

			var want map[string]any
			require.NoError(t, json.Unmarshal([]byte(recorded.Body), &want))
			output := results[0].Elem()
			requireMembers(t, output, want)
			id, ok := awsmiddleware.GetRequestIDMetadata(output.FieldByName("ResultMetadata").Interface().(middleware.Metadata))
			require.True(t, ok)
			require.Equal(t, recorded.RequestID, id)
		})
	}
	for _, operation := range []string{
		"StartEngagementByAcceptingInvitationTask", "StartEngagementFromOpportunityTask",
		"ListEngagementByAcceptingInvitationTasks", "ListEngagementFromOpportunityTasks",
		"StartOpportunityFromEngagementTask",
	} {
		require.NotZero(t, seen[operation], operation)
	}
}

// requireMembers holds a struct against a JSON object, both ways.
func requireMembers(t *testing.T, got reflect.Value, want map[string]any) {
	t.Helper()
	for i := range got.NumField() {
		name := got.Type().Field(i).Name
		if name == "ResultMetadata" || !got.Type().Field(i).IsExported() {
			continue
		}
		raw, ok := want[name]
		require.True(t, ok, "the recorded answer has no %s", name)
		field := got.Field(i)
		switch v := raw.(type) {
		case nil:
			require.True(t, field.IsZero(), name)
		case []any:
			require.Equal(t, len(v), field.Len(), name)
			for j, element := range v {
				requireMembers(t, field.Index(j), element.(map[string]any))
			}
		case string:
			field = reflect.Indirect(field)
			if at, ok := reflect.TypeAssert[time.Time](field); ok {
				parsed, err := time.Parse(time.RFC3339Nano, v)
				require.NoError(t, err)
				require.True(t, parsed.Equal(at), name)
				require.Equal(t, strings.TrimRight(v, "Z"), strings.TrimRight(at.Format(time.RFC3339Nano), "Z"), name)
				continue
			}
			require.Equal(t, v, field.String(), name)
		default:
			t.Fatalf("%s: %T", name, raw)
		}
	}
	for name := range want {
		require.True(t, got.FieldByName(name).IsValid(), "the output has no %s", name)
	}
}

// validInput makes an input of an operation that passes the checks.
func validInput(t *testing.T, operation string) reflect.Value {
	t.Helper()
	client := reflect.TypeFor[*partnercentral.Client]()
	method, ok := client.MethodByName(operation)
	require.True(t, ok)
	in := reflect.New(method.Type.In(2).Elem())
	for name, value := range map[string]any{
		"Catalog":           aws.String("Sandbox"),
		"Identifier":        aws.String(map[bool]string{true: "O1", false: "engi-0000001abc3de"}[strings.Contains(operation, "FromOpportunity")]),
		"ContextIdentifier": aws.String("1"),
		"AwsSubmission":     &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	} {
		if operation == "StartOpportunityFromEngagementTask" && name == "Identifier" {
			value = aws.String("eng-0123456789abcd")
		}
		if f := in.Elem().FieldByName(name); f.IsValid() && f.Type() == reflect.TypeOf(value) {
			f.Set(reflect.ValueOf(value))
		}
	}
	return in
}

func TestOwnAnswers(t *testing.T) {
	start := func(body string) *partnercentral.StartEngagementFromOpportunityTaskOutput {
		out, err := newClient(answers(answer(200, body))).StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
		require.NoError(t, err, body)
		return out
	}
	out := start(`{"TaskId":"task-0123456789abc","TaskStatus":"FAILED","ReasonCode":"SomethingNew","Unknown":{"deep":[1,{}]},"Message":null}`)
	require.Equal(t, partnercentral.ReasonCode("SomethingNew"), out.ReasonCode)
	require.Equal(t, partnercentral.TaskStatusFailed, out.TaskStatus)
	require.Nil(t, out.Message)
	out = start(`{"TaskId":"task-0123456789abc","TaskStatus":"PAUSED"}`)
	require.Equal(t, partnercentral.TaskStatus("PAUSED"), out.TaskStatus)
	require.NotNil(t, start(`{"TaskArn":"arn:aws:x","TaskStatus":"IN_PROGRESS"}`))
	require.NotNil(t, start(`{"TaskStatus":"FAILED","ReasonCode":"InternalError"}`))

	digits := "123456789"
	for n := range len(digits) + 1 {
		text := "2026-08-01T12:00:00"
		if n > 0 {
			text += "." + digits[:n]
		}
		at := start(`{"TaskId":"task-0123456789abc","StartTime":"` + text + `Z"}`).StartTime
		require.Equal(t, text+"Z", at.Format(time.RFC3339Nano))
	}
	at := start(`{"TaskId":"task-0123456789abc","StartTime":"2026-08-01T14:00:00+02:00"}`).StartTime
	require.True(t, at.Equal(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)))

	page, err := newClient(answers(answer(200, `{"TaskSummaries":[]}`))).ListEngagementFromOpportunityTasks(context.Background(), &partnercentral.ListEngagementFromOpportunityTasksInput{Catalog: aws.String("AWS")})
	require.NoError(t, err)
	require.Nil(t, page.NextToken)
	require.Empty(t, page.TaskSummaries)
}

func TestEnumsSurviveARoundTrip(t *testing.T) {
	type all struct {
		A partnercentral.TaskStatus
		B partnercentral.ReasonCode
		C partnercentral.SalesInvolvementType
		D partnercentral.Visibility
		E partnercentral.SortOrder
		F partnercentral.ListTasksSortName
		G partnercentral.ValidationExceptionReason
		H partnercentral.ValidationExceptionErrorCode
		I partnercentral.AccessDeniedExceptionErrorCode
		J partnercentral.ProspectingTaskStatus
		K partnercentral.ProspectingFromEngagementTaskSortName
	}
	in := `{"A":"new","B":"new","C":"new","D":"new","E":"new","F":"new","G":"new","H":"new","I":"new","J":"new","K":"new"}`
	var v all
	require.NoError(t, json.Unmarshal([]byte(in), &v))
	out, err := json.Marshal(v)
	require.NoError(t, err)
	require.JSONEq(t, in, string(out))

	require.Len(t, partnercentral.ReasonCode("").Values(), 22)
	for i := range reflect.TypeOf(v).NumField() {
		field := reflect.ValueOf(v).Field(i)
		values := field.MethodByName("Values").Call(nil)[0]
		require.NotZero(t, values.Len(), field.Type())
		seen := map[string]bool{}
		for j := range values.Len() {
			require.NotEmpty(t, values.Index(j).String())
			require.False(t, seen[values.Index(j).String()], values.Index(j).String())
			seen[values.Index(j).String()] = true
		}
	}
}
