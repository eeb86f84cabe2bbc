package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
)

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
