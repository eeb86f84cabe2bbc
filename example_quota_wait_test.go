package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/cosell-dev/partnercentral-go"
)

// Quota.Wait paces calls that no client of this package makes, here those of a
// program that corrects opportunities.
func ExampleQuota_Wait() {
	ctx := context.Background()
	quota := partnercentral.NewQuota(func(o *partnercentral.QuotaOptions) { o.WritesPerSecond = 100 })

	update := func(string) error { return &partnercentral.ThrottlingException{} } // the call itself
	for _, id := range []string{"O1234567", "O1234568"} {
		report, err := quota.Wait(ctx, partnercentral.QuotaGroupWrites)
		if err != nil {
			fmt.Println(err) // ctx ended, or the day's writes are used up
			return
		}
		report(update(id))
	}
	writes := quota.Stats(partnercentral.QuotaGroupWrites)
	fmt.Println(writes.Attempts, writes.Throttled, writes.Rate < writes.Limit)
	// Output: 2 2 true
}
