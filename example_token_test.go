package partnercentral_test

import (
	"fmt"

	"github.com/cosell-dev/partnercentral-go"
)

// The same key gives the same token in every process, and each token has a next.
func ExampleClientTokenFor() {
	token := partnercentral.ClientTokenFor("crm/invitation/4711")
	fmt.Println(token)
	fmt.Println(partnercentral.NextClientToken(token))
	// Output:
	// a48841cf-f69d-5cf8-abee-01fc07c7a4be
	// d6d2b7d0-d68b-5b14-b123-278f42bb6dcd
}
