package official

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/partnercentralselling"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

var _ partnercentral.TaskWaiterAPIClient = Client{}

// standIn is the stand-in for the official client, which calls the fake.
func standIn(client *partnercentral.Client) Client {
	c := partnercentralselling.NewFromConfig(aws.Config{Region: "us-east-1"})
	c.Answer = func(ctx context.Context, operation string, in, out any) (metadata middleware.Metadata, err error) {
		var answer any
		switch operation {
		case "ListEngagementFromOpportunityTasks":
			sent, err := convert[partnercentral.ListEngagementFromOpportunityTasksInput](in)
			if err != nil {
				return metadata, err
			}
			got, err := client.ListEngagementFromOpportunityTasks(ctx, sent)
			if err != nil {
				return metadata, err
			}
			metadata, answer = got.ResultMetadata, got
		case "ListEngagementByAcceptingInvitationTasks":
			sent, err := convert[partnercentral.ListEngagementByAcceptingInvitationTasksInput](in)
			if err != nil {
				return metadata, err
			}
			got, err := client.ListEngagementByAcceptingInvitationTasks(ctx, sent)
			if err != nil {
				return metadata, err
			}
			metadata, answer = got.ResultMetadata, got
		default:
			return metadata, fmt.Errorf("no operation %s", operation)
		}
		switch out := out.(type) {
		case *partnercentralselling.ListEngagementFromOpportunityTasksOutput:
			to, err := convert[partnercentralselling.ListEngagementFromOpportunityTasksOutput](answer)
			*out = *to
			return metadata, err
		case *partnercentralselling.ListEngagementByAcceptingInvitationTasksOutput:
			to, err := convert[partnercentralselling.ListEngagementByAcceptingInvitationTasksOutput](answer)
			*out = *to
			return metadata, err
		}
		return metadata, fmt.Errorf("no output %T", out)
	}
	return Client{c}
}

// A waiter that polls through the official client sees its tasks end, waits out
// throttling, and reads every member.
func TestWaitThroughTheOfficialClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDefaultOutcome(fake.After(time.Minute, fake.Complete())))
		svc.Fault(fake.ListEngagementFromOpportunityTasks, fake.Times(2), fake.Throttle())
		client := svc.Client()
		submitted, err := client.StartEngagementFromOpportunityTask(t.Context(), &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("O1234567"),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		})
		require.NoError(t, err)
		svc.When(fake.StartEngagementFromOpportunityTask, fake.WithIdentifier("O7654321")).Script(
			fake.After(time.Minute, fake.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "close date is in the past")))
		failing, err := client.StartEngagementFromOpportunityTask(t.Context(), &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("O7654321"),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		})
		require.NoError(t, err)
		accepted, err := client.StartEngagementByAcceptingInvitationTask(t.Context(), &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
			Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("engi-0000001abc3de"),
		})
		require.NoError(t, err)

		waiter := partnercentral.NewTaskWaiter(standIn(client))
		defer waiter.Close()
		seen := map[string]partnercentral.Task{}
		failures := 0
		for task, err := range waiter.WaitAll(t.Context(), slices.Values([]partnercentral.Task{submitted.Task(), failing.Task(), accepted.Task()}), time.Hour) {
			var failed *partnercentral.TaskFailedError
			if errors.As(err, &failed) {
				failures++
				require.Equal(t, "close date is in the past", failed.Task.Message)
			} else {
				require.NoError(t, err)
			}
			seen[task.ID] = task
		}
		require.Equal(t, 1, failures)
		require.Len(t, seen, 3)
		// The same as a waiter of the library's own client reads.
		own := partnercentral.NewTaskWaiter(client)
		defer own.Close()
		for _, task := range seen {
			want, _ := own.Refresh(t.Context(), task)
			require.Equal(t, want, task)
		}
	})
}
