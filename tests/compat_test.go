package tests

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	// A program that was written for the official client has
	//	"github.com/aws/aws-sdk-go-v2/service/partnercentralselling"
	//	"github.com/aws/aws-sdk-go-v2/service/partnercentralselling/types"
	// here, and types.X where this one has partnercentralselling.X.
	partnercentralselling "github.com/cosell-dev/partnercentral-go"
)

// acceptInvitation does what AWS's public example for accepting an invitation
// does: start the task with an invitation's ARN, and tell how it went.
func acceptInvitation(ctx context.Context, client *partnercentralselling.Client, catalog, arn, token string) (*string, error) {
	input := &partnercentralselling.StartEngagementByAcceptingInvitationTaskInput{
		Catalog:     aws.String(catalog),
		Identifier:  aws.String(arn),
		ClientToken: aws.String(token),
		Tags:        []partnercentralselling.Tag{{Key: aws.String("source"), Value: aws.String("crm")}},
	}
	output, err := client.StartEngagementByAcceptingInvitationTask(ctx, input, func(o *partnercentralselling.Options) {
		o.RetryMaxAttempts = 5
	})
	if err != nil {
		var conflict *partnercentralselling.ConflictException
		var apiErr smithy.APIError
		switch {
		case errors.As(err, &conflict):
			return nil, fmt.Errorf("already accepted: %s", aws.ToString(conflict.Message))
		case errors.As(err, &apiErr):
			log.Printf("%s: %s", apiErr.ErrorCode(), apiErr.ErrorMessage())
		}
		return nil, err
	}
	if output.TaskStatus == partnercentralselling.TaskStatusFailed {
		return nil, fmt.Errorf("%s: %s", output.ReasonCode, aws.ToString(output.Message))
	}
	return output.OpportunityId, nil
}

// submitOpportunity does what AWS's public example for submitting an
// opportunity does: start the task with how AWS is to be involved, and look the
// task up in the list.
func submitOpportunity(ctx context.Context, client submitter, id string) (partnercentralselling.TaskStatus, error) {
	output, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentralselling.StartEngagementFromOpportunityTaskInput{
		AwsSubmission: &partnercentralselling.AwsSubmission{
			InvolvementType: partnercentralselling.SalesInvolvementTypeCoSell,
			Visibility:      partnercentralselling.VisibilityFull,
		},
		Catalog:     aws.String("AWS"),
		ClientToken: aws.String("test-annjq11we"),
		Identifier:  aws.String(id),
	})
	if err != nil {
		return "", err
	}
	paginator := partnercentralselling.NewListEngagementFromOpportunityTasksPaginator(client, &partnercentralselling.ListEngagementFromOpportunityTasksInput{
		Catalog:        aws.String("AWS"),
		MaxResults:     aws.Int32(10),
		TaskIdentifier: []string{aws.ToString(output.TaskId)},
		Sort: &partnercentralselling.ListTasksSortBase{
			SortBy:    partnercentralselling.ListTasksSortNameStartTime,
			SortOrder: partnercentralselling.SortOrderDescending,
		},
	}, func(o *partnercentralselling.ListEngagementFromOpportunityTasksPaginatorOptions) {
		o.Limit = 5
		o.StopOnDuplicateToken = true
	})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, summary := range page.TaskSummaries {
			if aws.ToString(summary.TaskId) == aws.ToString(output.TaskId) {
				return summary.TaskStatus, nil
			}
		}
	}
	return output.TaskStatus, nil
}

// submitter is how a service asks for the part of the client that it needs.
type submitter interface {
	partnercentralselling.StartEngagementFromOpportunityTaskAPIClient
	partnercentralselling.ListEngagementFromOpportunityTasksAPIClient
}

func TestProgramsForTheOfficialClientRun(t *testing.T) {
	ctx := context.Background()
	client := newClient(answers(answer(200, `{"TaskStatus":"COMPLETE","OpportunityId":"O1111111"}`)))
	id, err := acceptInvitation(ctx, client, "Sandbox", "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-0000002itk2ga", "test-annjqwe")
	require.NoError(t, err)
	require.Equal(t, "O1111111", *id)
	_, err = acceptInvitation(ctx, newClient(answers(answer(409, `{"__type":"ConflictException","Message":"accepted"}`))), "Sandbox", "engi-0000001abc3de", "t")
	require.EqualError(t, err, "already accepted: accepted")

	status, err := submitOpportunity(ctx, newClient(answers(answer(200, startedBody), answer(200, `{"TaskSummaries":[{"TaskId":"task-0123456789abc","TaskStatus":"COMPLETE"}]}`))), "O4237356")
	require.NoError(t, err)
	require.Equal(t, partnercentralselling.TaskStatusComplete, status)
}
