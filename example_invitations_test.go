package partnercentral_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Every pending invitation to an opportunity is accepted. All pages are
// collected first, since accepting an invitation takes it off the list of the
// pending ones and moves the pages after it. The tokens make the program safe to
// run again after a crash.
func ExampleListEngagementInvitationsPaginator() {
	svc := fake.NewService(fake.WithDefaultOutcome(fake.Immediately(fake.Complete())))
	defer svc.Close()
	svc.Invite(fake.Invitation{EngagementTitle: "Data lake"})
	svc.Invite(fake.Invitation{EngagementTitle: "A lead", PayloadType: partnercentral.EngagementInvitationPayloadTypeLeadInvitation})
	svc.Invite(fake.Invitation{EngagementTitle: "Migration"})
	client := svc.Client()
	ctx := context.Background()

	paginator := partnercentral.NewListEngagementInvitationsPaginator(client, &partnercentral.ListEngagementInvitationsInput{
		Catalog:         aws.String(partnercentral.CatalogSandbox),
		ParticipantType: partnercentral.ParticipantTypeReceiver,
		Status:          []partnercentral.InvitationStatus{partnercentral.InvitationStatusPending},
		PayloadType:     []partnercentral.EngagementInvitationPayloadType{partnercentral.EngagementInvitationPayloadTypeOpportunityInvitation},
	})
	var inputs []partnercentral.StartTaskInput
	for invitation, err := range paginator.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("accepting", *invitation.EngagementTitle)
		inputs = append(inputs, &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
			Catalog:     invitation.Catalog,
			Identifier:  invitation.Id,
			ClientToken: aws.String(partnercentral.ClientTokenFor("invitation/" + *invitation.Id)),
		})
	}
	accepted := 0
	for result := range partnercentral.NewRunner(client).RunAll(ctx, slices.Values(inputs)) {
		if result.Err != nil {
			fmt.Println(result.Err)
			continue
		}
		accepted++
	}
	fmt.Println(accepted, "accepted")
	// Output:
	// accepting Migration
	// accepting Data lake
	// 2 accepted
}
