package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Start a task. With a real account the client comes from
// partnercentral.NewFromConfig and config.LoadDefaultConfig.
func ExampleClient_StartEngagementFromOpportunityTask() {
	svc := fake.NewService()
	defer svc.Close()
	client := svc.Client()

	started, err := client.StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:    aws.String(partnercentral.CatalogSandbox),
		Identifier: aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{
			InvolvementType: partnercentral.SalesInvolvementTypeCoSell,
			Visibility:      partnercentral.VisibilityFull,
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*started.OpportunityId, started.TaskStatus)
	// Output: O1234567 IN_PROGRESS
}

// Accept an invitation. Repeating the call with the same ClientToken gives the
// same task.
func ExampleClient_StartEngagementByAcceptingInvitationTask() {
	svc := fake.NewService()
	defer svc.Close()
	client := svc.Client()

	in := &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
		Catalog:     aws.String(partnercentral.CatalogAWS),
		Identifier:  aws.String("engi-0000001abc3de"),
		ClientToken: aws.String("crm-invitation-4711"),
	}
	first, err := client.StartEngagementByAcceptingInvitationTask(context.Background(), in)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := client.StartEngagementByAcceptingInvitationTask(context.Background(), in)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*first.TaskId == *again.TaskId)
	// Output: true
}

// Make a draft opportunity from the lead context of an engagement.
func ExampleClient_StartOpportunityFromEngagementTask() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Script(fake.StartOpportunityFromEngagementTask, fake.Immediately(fake.Complete()))
	client := svc.Client()

	started, err := client.StartOpportunityFromEngagementTask(context.Background(), &partnercentral.StartOpportunityFromEngagementTaskInput{
		Catalog:           aws.String(partnercentral.CatalogSandbox),
		Identifier:        aws.String("eng-0123456789abcd"),
		ContextIdentifier: aws.String("1"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(started.TaskStatus, *started.EngagementId, started.OpportunityId != nil)
	// Output: COMPLETE eng-0123456789abcd true
}
