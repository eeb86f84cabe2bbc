package tests

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	pc "github.com/cosell-dev/partnercentral-go"
)

// Whatever comes back, a call ends with an output or with an error that names
// the operation, and an output of a Start says what was started or how it ended.
func FuzzAnswer(f *testing.F) {
	for _, recorded := range recordedAnswers(f) {
		f.Add(recorded.Status, "", []byte(recorded.Body))
	}
	f.Add(400, "ValidationException:http://x", []byte(`{"__type":"a#ThrottlingException","Message":"m","Reason":"r","ErrorList":[{"FieldName":"f","Code":"c"}]}`))
	f.Add(503, "", []byte(`<html>`))
	f.Add(200, "", []byte(`{"EngagementInvitationSummaries":[{"Id":"engi-0000001abc3de","InvitationDate":7,"Receiver":{"Account":[]}},1],"NextToken":"n"}`))
	f.Fuzz(func(t *testing.T, status int, errorType string, body []byte) {
		if status < 100 || status > 999 {
			return
		}
		client := newClient(answers(answer(status, string(body), "X-Amzn-Errortype", errorType)), func(o *pc.Options) { o.Retryer = aws.NopRetryer{} })
		ctx := context.Background()
		started, err := client.StartEngagementFromOpportunityTask(ctx, fromOpportunityInput())
		check := func(err error) {
			var opErr *smithy.OperationError
			if !errors.As(err, &opErr) || opErr.Operation() == "" || err.Error() == "" {
				t.Fatalf("error %v", err)
			}
		}
		switch {
		case err != nil:
			check(err)
		case started.TaskId == nil && started.TaskArn == nil && started.TaskStatus != pc.TaskStatusComplete && started.TaskStatus != pc.TaskStatusFailed:
			t.Fatalf("a success that says nothing: %s", body)
		}
		if _, err := client.ListEngagementByAcceptingInvitationTasks(ctx, &pc.ListEngagementByAcceptingInvitationTasksInput{Catalog: aws.String("AWS")}); err != nil {
			check(err)
		}
		if _, err := client.ListEngagementInvitations(ctx, inbox()); err != nil {
			check(err)
		}
	})
}
