package partnercentral_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Make a draft opportunity from the lead context of an engagement.
func ExampleClient_StartOpportunityFromEngagementTask() {
	svc := partnercentraltest.NewService()
	defer svc.Close()
	svc.Script(partnercentraltest.StartOpportunityFromEngagementTask, partnercentraltest.Immediately(partnercentraltest.Complete()))
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

// The engagements of a prospecting task succeed and fail each on its own.
func ExampleTaskFailedError_engagements() {
	svc := partnercentraltest.NewService()
	defer svc.Close()
	svc.Script(partnercentraltest.StartProspectingFromEngagementTask, partnercentraltest.Immediately(
		partnercentraltest.WithEngagements(partnercentraltest.Complete(),
			partnercentraltest.FailEngagement("eng-bbbbbbbbbbbbbb", "LeadExists", "already a lead"))))
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

// An id of another kind of task is refused, with the operation to use.
func ExampleClient_wrongTask() {
	svc := partnercentraltest.NewService()
	defer svc.Close()

	_, err := svc.Client().ListEngagementFromOpportunityTasks(context.Background(), &partnercentral.ListEngagementFromOpportunityTasksInput{
		Catalog:        aws.String(partnercentral.CatalogSandbox),
		TaskIdentifier: []string{"task-0123456789abcd"},
	})
	fmt.Println(err)
	// Output:
	// operation error PartnerCentral Selling: ListEngagementFromOpportunityTasks, 1 validation error(s) found.
	// - value must be a task id, task- and 13 of 0-9 and a-z, or an ARN; this is a prospecting task: use GetProspectingFromEngagementTask, ListEngagementFromOpportunityTasksInput.TaskIdentifier[0].
}
