package main

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// The rows are those of the real Runner, but for the one request that it makes
// before the others have come.
func TestLookUpsAreThoseOfTheRunner(t *testing.T) {
	const n = 200
	for _, perSecond := range []float64{1, 0.5, 10} {
		synctest.Test(t, func(t *testing.T) {
			svc := fake.New(t)
			client := svc.Client(func(o *partnercentral.Options) {
				o.Quota = partnercentral.NewQuota(func(o *partnercentral.QuotaOptions) { o.WritesPerSecond = perSecond })
			})
			runner := partnercentral.NewRunner(client, func(o *partnercentral.RunnerOptions) { o.Adopt = aws.Duration(0) })
			for result := range runner.RunAll(t.Context(), func(yield func(partnercentral.StartTaskInput) bool) {
				for i := range n {
					in := &partnercentral.StartEngagementFromOpportunityTaskInput{
						Catalog:       aws.String(partnercentral.CatalogSandbox),
						Identifier:    aws.String(fmt.Sprint("O", 1000+i)),
						AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
					}
					if !yield(in) {
						return
					}
				}
			}) {
				if result.Err != nil {
					t.Fatal(result.Err)
				}
			}
			got := 0
			for _, c := range svc.Calls().For(fake.ListEngagementFromOpportunityTasks) {
				if in, ok := c.Input().(*partnercentral.ListEngagementFromOpportunityTasksInput); ok && in.OpportunityIdentifier != nil {
					got++
				}
			}
			starts := svc.Calls().For(fake.StartEngagementFromOpportunityTask)
			period := starts[n-1].Time.Sub(starts[0].Time) / (n - 1)
			if want, _ := lookUps(n, period.Round(time.Millisecond)); got < want-4 || got > want+4 {
				t.Errorf("%d look-ups at a Start in %s, and %d in the table", got, period, want)
			}
		})
	}
}
