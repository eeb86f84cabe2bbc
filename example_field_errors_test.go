package partnercentral_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// What a failure says of single fields, for a form that shows it beside them,
// and the reason in words for the person who owns the deal.
func ExampleTaskFailedError_FieldErrors() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Script(fake.StartEngagementFromOpportunityTask, fake.Immediately(fake.Fail(partnercentral.ReasonCodeOpportunityValidationFailed,
		"REQUIRED_FIELD_MISSING customer.account.address.stateOrRegion:A state is needed;INVALID_VALUE lifeCycle.targetCloseDate:It is in the past")))
	started, err := svc.Client().StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	_, err = partnercentral.NewTaskWaiter(svc.Client()).Wait(context.Background(), started.Task(), time.Minute)
	var failed *partnercentral.TaskFailedError
	if errors.As(err, &failed) {
		fmt.Println(failed.Task.ReasonCode.Explain())
		for _, field := range failed.FieldErrors() {
			fmt.Printf("%s: %s\n", field.FieldName, field.Message)
		}
		fmt.Println("to do:", failed.Remedy())
	}
	// Output:
	// The opportunity is not complete or has a value that AWS does not accept, for example a close date in the past or no solution.
	// customer.account.address.stateOrRegion: A state is needed
	// lifeCycle.targetCloseDate: It is in the past
	// to do: fill in customer.account.address.stateOrRegion, correct lifeCycle.targetCloseDate, then start a new task
}
