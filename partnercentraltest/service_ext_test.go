package partnercentraltest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func submit(id, token string) *partnercentral.StartEngagementFromOpportunityTaskInput {
	return &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		ClientToken:   aws.String(token),
		Identifier:    aws.String(id),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	}
}

func accept(id, token string) *partnercentral.StartEngagementByAcceptingInvitationTaskInput {
	return &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
		Catalog:     aws.String(partnercentral.CatalogSandbox),
		ClientToken: aws.String(token),
		Identifier:  aws.String(id),
	}
}

func TestTasksTakeTheirEffects(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		ctx := context.Background()
		started, err := client.StartEngagementFromOpportunityTask(ctx, submit("O1234567", "a"))
		require.NoError(t, err)
		require.Equal(t, partnercentral.TaskStatusInProgress, started.TaskStatus)
		require.Regexp(t, `^task-[0-9a-z]{13}$`, *started.TaskId)
		require.Equal(t, "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/"+*started.TaskId, *started.TaskArn)
		require.Equal(t, "O1234567", *started.OpportunityId)
		require.Nil(t, started.EngagementId)
		require.Nil(t, started.ResourceSnapshotJobId)

		accepted, err := client.StartEngagementByAcceptingInvitationTask(ctx, accept("arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-0000001abc3de", "a"))
		require.NoError(t, err)
		require.Nil(t, accepted.OpportunityId)

		svc.Advance(partnercentraltest.DefaultDuration)

		list, err := client.ListEngagementFromOpportunityTasks(ctx, &partnercentral.ListEngagementFromOpportunityTasksInput{Catalog: aws.String("Sandbox")})
		require.NoError(t, err)
		require.Len(t, list.TaskSummaries, 1)
		task := list.TaskSummaries[0]
		require.Equal(t, partnercentral.TaskStatusComplete, task.TaskStatus)
		require.Equal(t, *started.TaskId, *task.TaskId)
		require.Regexp(t, `^eng-[0-9a-z]{14}$`, *task.EngagementId)
		require.Regexp(t, `^engi-[0-9a-z]{13}$`, *task.EngagementInvitationId)
		require.Regexp(t, `^job-[0-9a-z]{13}$`, *task.ResourceSnapshotJobId)
		require.NotEqual(t, *started.StartTime, *task.StartTime, "the real service's differ, too")

		invitations, err := client.ListEngagementByAcceptingInvitationTasks(ctx, &partnercentral.ListEngagementByAcceptingInvitationTasksInput{
			Catalog:                        aws.String("Sandbox"),
			EngagementInvitationIdentifier: []string{"engi-0000001abc3de"},
		})
		require.NoError(t, err)
		require.Len(t, invitations.TaskSummaries, 1)
		require.Regexp(t, `^O[0-9]{8}$`, *invitations.TaskSummaries[0].OpportunityId)
		require.Equal(t, "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-0000001abc3de", *invitations.TaskSummaries[0].EngagementInvitationId)
	})
}

func TestSameTokenSameTask(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		ctx := context.Background()
		first, err := client.StartEngagementFromOpportunityTask(ctx, submit("O1", "a"))
		require.NoError(t, err)
		again, err := client.StartEngagementFromOpportunityTask(ctx, submit("O1", "a"))
		require.NoError(t, err)
		require.Equal(t, *first.TaskId, *again.TaskId)

		_, err = client.StartEngagementFromOpportunityTask(ctx, submit("O2", "a"))
		var conflict *partnercentral.ConflictException
		require.ErrorAs(t, err, &conflict)

		other, err := client.StartEngagementFromOpportunityTask(ctx, submit("O2", "A"))
		require.NoError(t, err)
		require.NotEqual(t, *first.TaskId, *other.TaskId)

		_, err = client.StartEngagementByAcceptingInvitationTask(ctx, accept("engi-0000001abc3de", "a"))
		require.NoError(t, err, "tokens are per operation")

		svc.Advance(time.Minute)
		again, err = client.StartEngagementFromOpportunityTask(ctx, submit("O1", "a"))
		require.NoError(t, err)
		require.Equal(t, partnercentral.TaskStatusComplete, again.TaskStatus)
		require.NotNil(t, again.EngagementId)
		require.Equal(t, 5, svc.Calls().Committed().Len())
	})
}

func TestThirtyMinutesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := partnercentraltest.New(t)
		svc.Script(partnercentraltest.StartEngagementFromOpportunityTask,
			partnercentraltest.After(30*time.Minute, partnercentraltest.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "close date is in the past")))
		svc.Fault(partnercentraltest.ListEngagementFromOpportunityTasks, partnercentraltest.Times(2), partnercentraltest.Throttle())
		client := svc.Client()

		started, err := client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"))
		require.NoError(t, err)
		for looks := 0; ; looks++ {
			list, err := client.ListEngagementFromOpportunityTasks(context.Background(), &partnercentral.ListEngagementFromOpportunityTasksInput{
				Catalog:        aws.String("Sandbox"),
				TaskIdentifier: []string{*started.TaskId},
			})
			require.NoError(t, err)
			require.Len(t, list.TaskSummaries, 1)
			task := list.TaskSummaries[0]
			if task.TaskStatus == partnercentral.TaskStatusInProgress {
				time.Sleep(10 * time.Second)
				continue
			}
			require.Equal(t, partnercentral.TaskStatusFailed, task.TaskStatus)
			require.Equal(t, "close date is in the past", *task.Message)
			require.GreaterOrEqual(t, looks, 170)
			break
		}
		require.Equal(t, 1, svc.Calls().For(partnercentraltest.StartEngagementFromOpportunityTask).Committed().Len())
		require.Equal(t, 2, svc.Calls().WithError("ThrottlingException").Len())
	})
}

func TestAnAccountSeesItsOwnWorld(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t)
	other := svc.Client(func(o *partnercentral.Options) {
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "SOMEBODYELSE", SecretAccessKey: partnercentraltest.DefaultSecretAccessKey}, nil
		})
	})
	svc.World("SOMEBODYELSE").Script(partnercentraltest.StartEngagementFromOpportunityTask, partnercentraltest.Immediately(partnercentraltest.Complete()))
	theirs, err := other.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"))
	require.NoError(t, err)
	require.Equal(t, partnercentral.TaskStatusComplete, theirs.TaskStatus)
	ours, err := svc.Client().StartEngagementFromOpportunityTask(context.Background(), submit("O2", "a"))
	require.NoError(t, err)
	require.Equal(t, partnercentral.TaskStatusInProgress, ours.TaskStatus)
	require.NotEqual(t, *ours.TaskId, *theirs.TaskId)
	require.Equal(t, 1, svc.Calls().Len())
	require.Equal(t, 1, svc.World("SOMEBODYELSE").Calls().Len())
}
