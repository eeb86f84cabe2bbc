package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// One Quota in the configuration paces every client that is made from it, the
// official one too. The client named official stands in for that of
// aws-sdk-go-v2/service/partnercentralselling, which is made in the same way.
func ExampleQuota_APIOption() {
	svc := fake.NewService()
	defer svc.Close()

	quota := partnercentral.NewQuota(func(o *partnercentral.QuotaOptions) { o.WritesPerSecond = 20 })
	cfg := aws.Config{ // or that of config.LoadDefaultConfig
		Credentials: svc.Client().Options().Credentials,
		HTTPClient:  svc.Client().Options().HTTPClient,
		APIOptions:  []func(*middleware.Stack) error{quota.APIOption},
	}
	official := partnercentral.NewFromConfig(cfg) // partnercentralselling.NewFromConfig(cfg)
	client := partnercentral.NewFromConfig(cfg)

	submit(official, "O1234567")
	task, err := partnercentral.NewTaskWaiter(client).Refresh(context.Background(), submit(client, "O1234568"))
	fmt.Println(task.Status, err)
	fmt.Println(quota.Stats(partnercentral.QuotaGroupWrites).Attempts, "writes,", quota.Stats(partnercentral.QuotaGroupReads).Attempts, "read")
	// Output:
	// IN_PROGRESS <nil>
	// 2 writes, 1 read
}
