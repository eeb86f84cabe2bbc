package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

func failedFor(reason pc.ReasonCode, message string) *pc.TaskFailedError {
	return &pc.TaskFailedError{Task: pc.Task{
		Kind: pc.TaskKindEngagementFromOpportunity, Status: pc.TaskStatusFailed, ReasonCode: reason, Message: message,
	}}
}

func fieldError(code pc.ValidationExceptionErrorCode, name, message string) pc.FieldError {
	return pc.FieldError{Code: code, FieldName: name, Message: message}
}

func TestFieldErrors(t *testing.T) {
	const (
		missing = pc.ValidationExceptionErrorCodeRequiredFieldMissing
		state   = "customer.account.address.stateOrRegion"
	)
	for message, want := range map[string][]pc.FieldError{
		"REQUIRED_FIELD_MISSING " + state + ":State or region is required": {fieldError(missing, state, "State or region is required")},
		"REQUIRED_FIELD_MISSING " + state + ": needed ; INVALID_VALUE lifeCycle.targetCloseDate:in the past: 2020-01-01;": {
			fieldError(missing, state, "needed"), fieldError(pc.ValidationExceptionErrorCodeInvalidValue, "lifeCycle.targetCloseDate", "in the past: 2020-01-01")},
		"INVALID_VALUE a[0].b_c:one of x; y; or z;NEW_CODE_2 d:": {
			fieldError(pc.ValidationExceptionErrorCodeInvalidValue, "a[0].b_c", "one of x; y; or z"), fieldError("NEW_CODE_2", "d", "")},
		"": nil, ";": nil, "close date is in the past": nil, "REQUIRED_FIELD_MISSING": nil, "REQUIRED_FIELD_MISSING :text": nil,
		"REQUIRED_FIELD_MISSING a b:text": nil, "required_field_missing a:text": nil, "HTTP error: 500": nil, "NOTE see:below": nil, "_ a:b": nil,
		"The task failed: REQUIRED_FIELD_MISSING a:text": nil, "INVALID_VALUE 1a:text": nil, "INVALID_VALUE  a:text": nil,
	} {
		failed := failedFor(pc.ReasonCodeOpportunityValidationFailed, message)
		require.Equal(t, want, failed.FieldErrors(), message)
		if want == nil {
			require.Equal(t, pc.ReasonCodeOpportunityValidationFailed.Remedy(), failed.Remedy())
		}
	}
}

func TestRemedyNamesTheFields(t *testing.T) {
	for message, want := range map[string]string{
		"REQUIRED_FIELD_MISSING a.b:x": "fill in a.b, then start a new task",
		"REQUIRED_FIELD_MISSING a:x;INVALID_VALUE c:y;REQUIRED_FIELD_MISSING b:z;INVALID_VALUE c:again":                          "fill in a and b, correct c, then start a new task",
		strings.Repeat("INVALID_VALUE x:y;", 9):                                                                                  "correct x, then start a new task",
		"INVALID_VALUE a:;INVALID_VALUE b:;INVALID_VALUE c:;INVALID_VALUE d:;INVALID_VALUE e:;INVALID_VALUE f:;INVALID_VALUE g:": "correct a, b, c, d, e and 2 more, then start a new task",
	} {
		require.Equal(t, want, failedFor(pc.ReasonCodeOpportunityValidationFailed, message).Remedy(), message)
		require.Equal(t, want, failedFor("SomethingNew", message).Remedy(), message)
		require.Equal(t, want, (&pc.RunError{State: pc.RunFailed, Task: failedFor("SomethingNew", message).Task}).Remedy())
		require.Equal(t, pc.ReasonCodeInternalError.Remedy(), failedFor(pc.ReasonCodeInternalError, message).Remedy(), "what passes by itself needs no correction")
	}
}

// Whatever the message, every field error is made of parts of it, in its order,
// and written back in the form it is read again.
func FuzzFieldErrors(f *testing.F) {
	for _, seed := range []string{"REQUIRED_FIELD_MISSING a.b:text;INVALID_VALUE c[0]:x;y;", "A_B c:d;", "text", "A_B c:;;;A_B d:;", "A_B a:" + strings.Repeat(";", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		failed := failedFor("", message)
		fields := failed.FieldErrors()
		rest := message
		var again strings.Builder
		for _, field := range fields {
			for _, part := range []string{string(field.Code), field.FieldName, field.Message} {
				at := strings.Index(rest, part)
				require.GreaterOrEqual(t, at, 0, "%q is not in %q", part, message)
				rest = rest[at+len(part):]
			}
			require.NotEmpty(t, field.Code)
			require.NotEmpty(t, field.FieldName)
			again.WriteString(string(field.Code) + " " + field.FieldName + ":" + field.Message + ";")
		}
		require.Equal(t, fields, failedFor("", again.String()).FieldErrors(), message)
		require.Equal(t, fields == nil, failed.Remedy() == "")
	})
}

func TestParseTaskARN(t *testing.T) {
	const arn = "arn:aws:partnercentral:us-east-1::catalog/"
	for text, want := range map[string]pc.Task{
		arn + "Sandbox/engagement-from-opportunity-task/task-0123456789abc":                                                      {Kind: pc.TaskKindEngagementFromOpportunity, Catalog: "Sandbox", ID: "task-0123456789abc"},
		arn + "AWS/engagement-by-accepting-invitation-task/task-0123456789abc":                                                   {Kind: pc.TaskKindEngagementByAcceptingInvitation, Catalog: "AWS", ID: "task-0123456789abc"},
		arn + "AWS/opportunity-from-engagement-task/task-0123456789abc":                                                          {Kind: pc.TaskKindOpportunityFromEngagement, Catalog: "AWS", ID: "task-0123456789abc"},
		"arn:aws:partnercentral-selling:us-east-1:111122223333:catalog/AWS/prospecting-from-engagement-task/task-0123456789abcd": {Kind: pc.TaskKindProspectingFromEngagement, Catalog: "AWS", ID: "task-0123456789abcd"},
		arn + "AWS/prospecting-from-engagement-task/task-0123456789abcd":                                                         {Kind: pc.TaskKindProspectingFromEngagement, Catalog: "AWS", ID: "task-0123456789abcd"},
	} {
		want.ARN = text
		got, err := pc.ParseTaskARN("  " + text + "\n")
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for text, want := range map[string]string{
		"":                        "is no ARN",
		"task-0123456789abc":      "is no ARN",
		"arn:aws:partnercentral":  "is no ARN",
		"arn:aws:s3:::bucket/key": "another service than partnercentral",
		arn + "AWS":               "something other than a task",
		arn + "AWS/engagement-invitation/engi-0000001abc3de":                "another resource than the tasks",
		arn + "AWS/engagement-from-opportunity/task-0123456789abc":          "another resource than the tasks",
		arn + "sandbox/engagement-from-opportunity-task/task-0123456789abc": `has a catalog that is "sandbox": the service knows it as Sandbox`,
		arn + "aws/prospecting-from-engagement-task/task-0123456789abcd":    `has a catalog that is "aws": the service knows it as AWS`,
		arn + " /engagement-from-opportunity-task/task-0123456789abc":       `has a catalog that is " ": the name of a catalog is letters only, such as AWS or Sandbox`,
		arn + "AWS /engagement-from-opportunity-task/task-0123456789abc":    `has a catalog that is "AWS "`,
		arn + "/opportunity-from-engagement-task/task-0123456789abc":        "has a catalog that is empty",
		arn + "AWS/engagement-from-opportunity-task/task-0123456789abc/x":   "something other than a task",
		arn + "AWS/engagement-from-opportunity-task/task-0123456789":        "is it whole?",
		arn + "AWS/engagement-from-opportunity-task/":                       "is it whole?",
		arn + "AWS/engagement-from-opportunity-task/task-0123456789abcd":    "an id of another kind of task",
		arn + "AWS/prospecting-from-engagement-task/task-0123456789abc":     "an id of another kind of task",
	} {
		got, err := pc.ParseTaskARN(text)
		var invalid smithy.InvalidParamsError
		require.ErrorAs(t, err, &invalid, text)
		require.ErrorContains(t, err, want, text)
		require.Zero(t, got)
		if len(text) > 30 {
			require.NotContains(t, err.Error(), text, "an error does not repeat what was pasted")
		}
	}
}

// A task is parsed from what its own ARN says, or not at all.
func FuzzParseTaskARN(f *testing.F) {
	f.Add("arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-from-opportunity-task/task-0123456789abc")
	f.Add("arn:aws:partnercentral-selling:us-east-1:1:catalog/AWS/prospecting-from-engagement-task/task-0123456789abcd")
	f.Add("arn:::::catalog/a/b/c")
	f.Fuzz(func(t *testing.T, text string) {
		task, err := pc.ParseTaskARN(text)
		if err != nil {
			require.Zero(t, task)
			return
		}
		require.Equal(t, strings.TrimSpace(text), task.ARN)
		require.True(t, strings.HasSuffix(task.ARN, "/"+task.ID))
		require.Contains(t, task.ARN, "catalog/"+task.Catalog+"/")
		require.Regexp(t, `^[a-zA-Z]+$`, task.Catalog)
		require.Contains(t, task.Kind.Values(), task.Kind)
	})
}

// A task in a catalog that there cannot be is refused before any call, as its
// ARN is.
func TestWaitForNoCatalog(t *testing.T) {
	t.Parallel()
	for catalog, want := range map[string]string{
		"":        "Catalog is empty",
		" ":       "letters only",
		"AWS ":    "letters only",
		"sandbox": "knows it as Sandbox",
	} {
		s := &stub{}
		task := pc.Task{Kind: pc.TaskKindEngagementFromOpportunity, Catalog: catalog, ID: "task-0123456789abc"}
		_, err := pc.NewTaskWaiter(s).Wait(t.Context(), task, time.Minute)
		var invalid smithy.InvalidParamsError
		require.ErrorAs(t, err, &invalid)
		require.ErrorContains(t, err, want)
		require.Empty(t, s.recorded())
	}
}
