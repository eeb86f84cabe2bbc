package partnercentral_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Every error of the service is reached with errors.As.
func ExampleValidationException() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Nth(1), fake.Refuse(&partnercentral.ValidationException{
		Message: aws.String("The opportunity is incomplete."),
		Reason:  partnercentral.ValidationExceptionReasonBusinessValidationFailed,
		ErrorList: []partnercentral.ValidationExceptionError{{
			FieldName: aws.String("PrimaryNeedsFromAws"),
			Code:      partnercentral.ValidationExceptionErrorCodeRequiredFieldMissing,
		}},
	}))
	_, err := svc.Client().StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})

	var invalid *partnercentral.ValidationException
	if errors.As(err, &invalid) {
		for _, field := range invalid.ErrorList {
			fmt.Println(*field.FieldName, field.Code)
		}
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		fmt.Println(response.HTTPStatusCode(), response.ServiceRequestID() != "")
	}
	// Output:
	// PrimaryNeedsFromAws REQUIRED_FIELD_MISSING
	// 400 true
}

// An input is checked before anything is sent, and all its problems come in one
// error.
func ExampleClient_invalidInput() {
	svc := fake.NewService()
	defer svc.Close()
	_, err := svc.Client().StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Identifier: aws.String("1234567"),
	})
	var invalid smithy.InvalidParamsError
	if errors.As(err, &invalid) {
		for _, problem := range invalid.Errs() {
			fmt.Println(problem)
		}
	}
	// Output:
	// missing required field, StartEngagementFromOpportunityTaskInput.AwsSubmission.
	// missing required field, StartEngagementFromOpportunityTaskInput.Catalog.
	// value must be an opportunity id, O and 1 to 19 digits; an ARN is not accepted, StartEngagementFromOpportunityTaskInput.Identifier.
}

// An id of another kind of task is refused, with the operation to use.
func ExampleClient_wrongTask() {
	svc := fake.NewService()
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
