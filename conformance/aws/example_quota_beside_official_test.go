package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cosell-dev/partnercentral-go"
)

// One Quota for the official client of the service and for that of this module.
// The client of SQS plays the official one.
func Example_quotaBesideOfficial() {
	service := &account{}
	cfg := service.config()
	quota := partnercentral.NewQuota()

	official := sqs.NewFromConfig(cfg, sqs.WithAPIOptions(as("UpdateOpportunity"), quota.APIOption))
	client := partnercentral.NewFromConfig(cfg, func(o *partnercentral.Options) { o.Quota = quota })

	ctx := context.Background()
	err := move(ctx, official)
	fmt.Println(err)
	_, err = client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	fmt.Println(err)
	fmt.Println(quota.Stats(partnercentral.QuotaGroupWrites).Attempts, "writes,", service.refused, "too early")
	// Output:
	// <nil>
	// <nil>
	// 2 writes, 0 too early
}
