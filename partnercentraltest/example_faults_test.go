package partnercentraltest_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A fault says what goes wrong, and when. This one loses the answer to the first
// attempt after the service has done its work: the client tries again with the
// same token, and there is one task.
func ExampleService_Fault() {
	svc := partnercentraltest.NewService()
	defer svc.Close()
	lost := svc.Fault(partnercentraltest.StartEngagementFromOpportunityTask,
		partnercentraltest.Nth(1), partnercentraltest.AfterCommit(partnercentraltest.Reset()))

	out, err := svc.Client().StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.TaskStatus)
	fmt.Println(lost.Hits(), "answer lost,", svc.Calls().Len(), "attempts,", len(svc.Tasks()), "task")
	// Output:
	// IN_PROGRESS
	// 1 answer lost, 2 attempts, 1 task
}
