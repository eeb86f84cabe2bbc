package partnercentralevents_test

import (
	"fmt"
	"log"

	events "github.com/cosell-dev/partnercentral-go/partnercentralevents"
)

const opportunityUpdated = `{
	"version": "0", "id": "11111111-2222-4333-8444-555555555555",
	"detail-type": "Opportunity Updated", "source": "aws.partnercentral-selling",
	"account": "111122223333", "time": "2026-08-01T12:00:05Z", "region": "us-east-1", "resources": [],
	"detail": {"schemaVersion": "1", "catalog": "Sandbox", "opportunity": {"identifier": "O1234567"}}
}`

func Example() {
	event, err := events.Parse([]byte(opportunityUpdated))
	if err != nil {
		log.Fatal(err)
	}
	switch detail := event.Detail.(type) {
	case *events.OpportunityUpdated:
		fmt.Println("updated:", detail.Opportunity.Identifier)
	case *events.Unknown:
		fmt.Println(event.DetailType, string(detail.Raw))
	}
	for _, task := range event.Tasks() {
		fmt.Println(task) // waiter.Nudge(task) polls it at once
	}
	// Output:
	// updated: O1234567
	// EngagementFromOpportunity task of opportunity O1234567 in Sandbox
	// EngagementByAcceptingInvitation task of opportunity O1234567 in Sandbox
}

// The body of an SQS message is an event or, if an SNS topic stands in between,
// a notification with one. A body that is neither never becomes one.
func ExampleParse_sqs() {
	bodies := []string{
		opportunityUpdated,
		fmt.Sprintf(`{"Type": "Notification", "Message": %q}`, opportunityUpdated),
		`{"source": "aws.s3", "detail-type": "Object Created", "detail": {}}`,
	}
	for _, body := range bodies {
		event, err := events.Parse([]byte(body))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(event.DetailType, "in", event.Catalog())
	}
	// Output:
	// Opportunity Updated in Sandbox
	// Opportunity Updated in Sandbox
	// partnercentralevents: source should be "aws.partnercentral-selling" and is "aws.s3"
}

func ExamplePattern() {
	fmt.Println(events.Pattern(events.DetailTypeOpportunityCreated, events.DetailTypeOpportunityUpdated))
	// Output: {"source":["aws.partnercentral-selling"],"detail-type":["Opportunity Created","Opportunity Updated"],"detail":{"catalog":["AWS","Sandbox"]}}
}
