package partnercentral_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// The error of a run says whether the task was started, and what to do.
func ExampleRunError() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Script(fake.StartEngagementFromOpportunityTask,
		fake.Immediately(fake.Fail(partnercentral.ReasonCodeOpportunityConflict, "already submitted")))

	_, err := partnercentral.NewRunner(svc.Client()).Run(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})

	var runErr *partnercentral.RunError
	if errors.As(err, &runErr) {
		fmt.Println(runErr.State, runErr.Task.ReasonCode)
		fmt.Println(runErr.Remedy())
	}
	// Output:
	// failed OpportunityConflict
	// look at the opportunity with GetOpportunity: its ReviewStatus may say that it is submitted already
}
