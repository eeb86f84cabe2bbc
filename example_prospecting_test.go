package partnercentral_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// The engagements of a prospecting task succeed and fail each on its own.
func ExampleTaskFailedError_engagements() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Script(fake.StartProspectingFromEngagementTask, fake.Immediately(
		fake.WithEngagements(fake.Complete(),
			fake.FailEngagement("eng-bbbbbbbbbbbbbb", "LeadExists", "already a lead"))))
	ctx, client := context.Background(), svc.Client()

	started, err := client.StartProspectingFromEngagementTask(ctx, &partnercentral.StartProspectingFromEngagementTaskInput{
		Catalog:     aws.String(partnercentral.CatalogSandbox),
		TaskName:    aws.String("autumn"),
		Identifiers: []string{"eng-aaaaaaaaaaaaaa", "eng-bbbbbbbbbbbbbb"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := client.GetProspectingFromEngagementTask(ctx, &partnercentral.GetProspectingFromEngagementTaskInput{
		Catalog:        aws.String(partnercentral.CatalogSandbox),
		TaskIdentifier: started.TaskId,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var failed *partnercentral.TaskFailedError
	if errors.As(got.Task().Err(), &failed) {
		for _, e := range failed.FailedEngagements() {
			fmt.Println("failed:", *e.EngagementIdentifier, *e.ReasonCode)
		}
	}
	// Output:
	// failed: eng-bbbbbbbbbbbbbb LeadExists
}
