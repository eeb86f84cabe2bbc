package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Run starts a task and waits for its end. The same key gives the same token in
// every process, so the line can run again after a crash.
func ExampleRunner_Run() {
	svc := fake.NewService(fake.WithDefaultOutcome(fake.Immediately(fake.Complete())))
	defer svc.Close()

	runner := partnercentral.NewRunner(svc.Client())
	for range 2 {
		task, err := runner.Run(context.Background(), &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
			Catalog:     aws.String(partnercentral.CatalogSandbox),
			Identifier:  aws.String("engi-0000001abc3de"),
			ClientToken: aws.String(partnercentral.ClientTokenFor("crm/invitation/4711")),
		})
		fmt.Println(task.Status, err)
	}
	fmt.Println(len(svc.Tasks()), "task")
	// Output:
	// COMPLETE <nil>
	// COMPLETE <nil>
	// 1 task
}

// Start is Run without the wait: a lost answer is repeated with the same token.
func ExampleRunner_Start() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Nth(1), fake.AfterCommit(fake.Reset()))

	task, err := partnercentral.NewRunner(svc.Client()).Start(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		ClientToken:   aws.String(partnercentral.ClientTokenFor("crm/deal/4711")),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	fmt.Println(task.OpportunityID, task.Status, err)
	fmt.Println(len(svc.Tasks()), "task")
	// Output:
	// O1234567 IN_PROGRESS <nil>
	// 1 task
}
