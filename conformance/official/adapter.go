// Package official lets a TaskWaiter poll through the official client. Copy
// this file; docs/official-client.md explains it.
package official

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/partnercentralselling"
	"github.com/cosell-dev/partnercentral-go"
)

// Client is a partnercentral.TaskWaiterAPIClient.
type Client struct {
	*partnercentralselling.Client
}

func (c Client) ListEngagementFromOpportunityTasks(ctx context.Context, in *partnercentral.ListEngagementFromOpportunityTasksInput, _ ...func(*partnercentral.Options)) (*partnercentral.ListEngagementFromOpportunityTasksOutput, error) {
	theirs, err := call(ctx, in, c.Client.ListEngagementFromOpportunityTasks)
	if err != nil {
		return nil, err
	}
	out, err := convert[partnercentral.ListEngagementFromOpportunityTasksOutput](theirs)
	out.ResultMetadata = theirs.ResultMetadata
	return out, err
}

func (c Client) ListEngagementByAcceptingInvitationTasks(ctx context.Context, in *partnercentral.ListEngagementByAcceptingInvitationTasksInput, _ ...func(*partnercentral.Options)) (*partnercentral.ListEngagementByAcceptingInvitationTasksOutput, error) {
	theirs, err := call(ctx, in, c.Client.ListEngagementByAcceptingInvitationTasks)
	if err != nil {
		return nil, err
	}
	out, err := convert[partnercentral.ListEngagementByAcceptingInvitationTasksOutput](theirs)
	out.ResultMetadata = theirs.ResultMetadata
	return out, err
}

func call[In, Out, Options any](ctx context.Context, in any, operation func(context.Context, *In, ...func(*Options)) (*Out, error)) (*Out, error) {
	theirs, err := convert[In](in)
	if err != nil {
		return nil, err
	}
	return operation(ctx, theirs)
}

// convert copies a value into a type whose members have the same names.
func convert[To any](from any) (*To, error) {
	to := new(To)
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	return to, err
}
