package partnercentraltest_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A script says how the next tasks end. In a test, New(t) in place of NewService
// also fails the test if a script was not used.
func ExampleService_Script() {
	svc := partnercentraltest.NewService()
	defer svc.Close()
	svc.Script(partnercentraltest.StartEngagementFromOpportunityTask,
		partnercentraltest.Immediately(partnercentraltest.Fail(partnercentral.ReasonCodeOpportunityConflict, "already submitted")),
		partnercentraltest.Immediately(partnercentraltest.Complete()))

	client := svc.Client() // the real client, really signing, no socket
	for _, opportunity := range []string{"O1234567", "O7654321"} {
		out, err := client.StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog:       aws.String(partnercentral.CatalogSandbox),
			Identifier:    aws.String(opportunity),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(aws.ToString(out.OpportunityId), "has ended with", out.TaskStatus)
	}
	fmt.Println(len(svc.Tasks()), "tasks, and nothing left over:", svc.Leftovers())
	// Output:
	// O1234567 has ended with FAILED
	// O7654321 has ended with COMPLETE
	// 2 tasks, and nothing left over: []
}
