package partnercentraltest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func TestSubmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := partnercentraltest.New(t) // in memory, signatures checked, fails t on leftovers
		svc.Script(partnercentraltest.StartEngagementFromOpportunityTask,
			partnercentraltest.After(30*time.Minute, partnercentraltest.Fail(
				partnercentral.ReasonCodeOpportunityValidationFailed, "close date is in the past")))
		svc.Fault(partnercentraltest.ListEngagementFromOpportunityTasks, partnercentraltest.Times(2), partnercentraltest.Throttle())
		client := svc.Client() // the real client, really signing, no socket

		started, err := client.StartEngagementFromOpportunityTask(t.Context(), &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog:       aws.String(partnercentral.CatalogSandbox),
			Identifier:    aws.String("O1234567"),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		})
		require.NoError(t, err)
		waiter := partnercentral.NewTaskWaiter(client)
		defer waiter.Close()
		_, err = waiter.Wait(t.Context(), started.Task(), time.Hour) // no real time passes

		var failed *partnercentral.TaskFailedError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "close date is in the past", failed.Task.Message)
		require.Len(t, svc.Tasks(), 1) // what the service has, without a call
	})
}
