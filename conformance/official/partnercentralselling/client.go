// Package partnercentralselling stands in for the official client of AWS's in the
// tests of this repository: two of its operations, in its shape, and none of its
// code. A test makes its calls with a function.
package partnercentralselling

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/partnercentralselling/types"
	"github.com/aws/smithy-go/middleware"
)

type Options struct {
	APIOptions []func(*middleware.Stack) error
	Region     string
}

// WithAPIOptions appends to Options.APIOptions.
func WithAPIOptions(optFns ...func(*middleware.Stack) error) func(*Options) {
	return func(o *Options) { o.APIOptions = append(o.APIOptions, optFns...) }
}

type Client struct {
	options Options
	// Answer makes the calls, which the official client does itself.
	Answer func(ctx context.Context, operation string, in, out any) (middleware.Metadata, error)
}

func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	c := &Client{options: Options{Region: cfg.Region, APIOptions: cfg.APIOptions}}
	for _, fn := range optFns {
		fn(&c.options)
	}
	return c
}

type ListEngagementFromOpportunityTasksInput struct {
	Catalog               *string
	EngagementIdentifier  []string
	MaxResults            *int32
	NextToken             *string
	OpportunityIdentifier []string
	Sort                  *types.ListTasksSortBase
	TaskIdentifier        []string
	TaskStatus            []types.TaskStatus

	noSmithyDocumentSerde
}

type ListEngagementFromOpportunityTasksOutput struct {
	NextToken      *string
	TaskSummaries  []types.ListEngagementFromOpportunityTaskSummary
	ResultMetadata middleware.Metadata

	noSmithyDocumentSerde
}

func (c *Client) ListEngagementFromOpportunityTasks(ctx context.Context, params *ListEngagementFromOpportunityTasksInput, optFns ...func(*Options)) (*ListEngagementFromOpportunityTasksOutput, error) {
	out := new(ListEngagementFromOpportunityTasksOutput)
	metadata, err := c.Answer(ctx, "ListEngagementFromOpportunityTasks", params, out)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

type ListEngagementByAcceptingInvitationTasksInput struct {
	Catalog                        *string
	EngagementInvitationIdentifier []string
	MaxResults                     *int32
	NextToken                      *string
	OpportunityIdentifier          []string
	Sort                           *types.ListTasksSortBase
	TaskIdentifier                 []string
	TaskStatus                     []types.TaskStatus

	noSmithyDocumentSerde
}

type ListEngagementByAcceptingInvitationTasksOutput struct {
	NextToken      *string
	TaskSummaries  []types.ListEngagementByAcceptingInvitationTaskSummary
	ResultMetadata middleware.Metadata

	noSmithyDocumentSerde
}

func (c *Client) ListEngagementByAcceptingInvitationTasks(ctx context.Context, params *ListEngagementByAcceptingInvitationTasksInput, optFns ...func(*Options)) (*ListEngagementByAcceptingInvitationTasksOutput, error) {
	out := new(ListEngagementByAcceptingInvitationTasksOutput)
	metadata, err := c.Answer(ctx, "ListEngagementByAcceptingInvitationTasks", params, out)
	if err != nil {
		return nil, err
	}
	out.ResultMetadata = metadata
	return out, nil
}

type noSmithyDocumentSerde struct{}
