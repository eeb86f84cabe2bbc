package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// RunAll takes any sequence of inputs and yields the results as they end.
func ExampleRunner_RunAll() {
	svc := fake.NewService(fake.WithDefaultOutcome(fake.Immediately(fake.Complete())))
	defer svc.Close()

	inputs := func(yield func(partnercentral.StartTaskInput) bool) {
		for i := range 20 {
			if !yield(&partnercentral.StartEngagementFromOpportunityTaskInput{
				Catalog:       aws.String(partnercentral.CatalogSandbox),
				Identifier:    aws.String(fmt.Sprintf("O%d", 1000+i)),
				ClientToken:   aws.String(partnercentral.ClientTokenFor(fmt.Sprintf("crm/deal/%d", i))),
				AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
			}) {
				return
			}
		}
	}
	done := 0
	for result := range partnercentral.NewRunner(svc.Client()).RunAll(context.Background(), inputs) {
		if result.Err != nil {
			fmt.Println(result.Index, result.Err)
			continue
		}
		done++
	}
	fmt.Println(done, "done")
	// Output: 20 done
}
