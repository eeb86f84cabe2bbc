package partnercentral_test

import (
	"fmt"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A Quota paces the calls of all clients that share it.
func ExampleQuota() {
	svc := fake.NewService()
	defer svc.Close()

	quota := partnercentral.NewQuota(func(o *partnercentral.QuotaOptions) {
		o.WritesPerSecond = 20 // an account that was granted more than 1
	})
	client := svc.Client(func(o *partnercentral.Options) { o.Quota = quota })
	begun := time.Now()
	for i := range 5 {
		submit(client, fmt.Sprintf("O%d", i+1))
	}
	fmt.Println(time.Since(begun) >= 200*time.Millisecond, quota.Stats(partnercentral.QuotaGroupWrites).Attempts)
	// Output: true 5
}
