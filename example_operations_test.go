package partnercentral_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Start a task. With a real account the client comes from
// partnercentral.NewFromConfig and config.LoadDefaultConfig.
func ExampleClient_StartEngagementFromOpportunityTask() {
	svc := partnercentraltest.NewService()
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
	svc := partnercentraltest.NewService()
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

// Every error of the service is reached with errors.As.
func ExampleValidationException() {
	svc := partnercentraltest.NewService()
	defer svc.Close()
	svc.Fault(partnercentraltest.StartEngagementFromOpportunityTask, partnercentraltest.Nth(1), partnercentraltest.Refuse(&partnercentral.ValidationException{
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
	svc := partnercentraltest.NewService()
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

// All failed tasks, page by page as they are needed.
func ExampleListEngagementFromOpportunityTasksPaginator() {
	svc := partnercentraltest.NewService()
	defer svc.Close()
	svc.Script(partnercentraltest.StartEngagementFromOpportunityTask,
		partnercentraltest.Immediately(partnercentraltest.Complete()),
		partnercentraltest.Immediately(partnercentraltest.Fail(partnercentral.ReasonCodeOpportunityConflict, "already submitted")))
	client := svc.Client()
	ctx := context.Background()
	for _, id := range []string{"O1", "O2"} {
		if _, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String(id),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		}); err != nil {
			fmt.Println(err)
		}
	}

	paginator := partnercentral.NewListEngagementFromOpportunityTasksPaginator(client, &partnercentral.ListEngagementFromOpportunityTasksInput{
		Catalog:    aws.String(partnercentral.CatalogSandbox),
		TaskStatus: []partnercentral.TaskStatus{partnercentral.TaskStatusFailed},
	})
	for task, err := range paginator.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(*task.OpportunityId, task.ReasonCode, *task.Message)
	}
	// Output: O2 OpportunityConflict already submitted
}

// Code that needs one operation asks for one, and a test gives it a mock.
func ExampleStartEngagementFromOpportunityTaskAPIClient() {
	submit := func(ctx context.Context, client partnercentral.StartEngagementFromOpportunityTaskAPIClient, id string) (partnercentral.TaskStatus, error) {
		out, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String(partnercentral.CatalogAWS), Identifier: aws.String(id),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		})
		if err != nil {
			return "", err
		}
		return out.TaskStatus, nil
	}
	fmt.Println(submit(context.Background(), startMock{}, "O1"))
	// Output: COMPLETE <nil>
}

type startMock struct{}

func (startMock) StartEngagementFromOpportunityTask(context.Context, *partnercentral.StartEngagementFromOpportunityTaskInput, ...func(*partnercentral.Options)) (*partnercentral.StartEngagementFromOpportunityTaskOutput, error) {
	return &partnercentral.StartEngagementFromOpportunityTaskOutput{TaskStatus: partnercentral.TaskStatusComplete}, nil
}
