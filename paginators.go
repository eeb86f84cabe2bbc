package partnercentral

import (
	"context"
	"errors"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go/internal/stack"
)

// PaginatorOptions are the options of every paginator.
type PaginatorOptions struct {
	// The most summaries of one page, 1 to 1000. 0 leaves the MaxResults of the
	// input.
	Limit int32

	// Whether to end quietly when the service gives the same NextToken twice.
	// Otherwise that is an error, for the list would never end.
	StopOnDuplicateToken bool
}

// pager walks the pages of one List.
type pager[I, O, S any] struct {
	options   PaginatorOptions
	list      func(context.Context, *I, ...func(*Options)) (*O, error)
	params    I
	members   func(*I) (maxResults **int32, nextToken **string)
	results   func(*O) (nextToken *string, summaries []S)
	nextToken *string
	started   bool
}

func (p *pager[I, O, S]) start(params *I, optFns []func(*PaginatorOptions)) {
	if params != nil {
		p.params = *params
	}
	maxResults, nextToken := p.members(&p.params)
	if *maxResults != nil {
		p.options.Limit = **maxResults
	}
	for _, fn := range optFns {
		fn(&p.options)
	}
	p.nextToken = *nextToken
}

// HasMorePages tells whether NextPage has another page to get. That page may be
// empty.
func (p *pager[I, O, S]) HasMorePages() bool { return !p.started || deref(p.nextToken) != "" }

// NextPage gets the next page. After an error it can be called again for the
// same page.
func (p *pager[I, O, S]) NextPage(ctx context.Context, optFns ...func(*Options)) (*O, error) {
	if !p.HasMorePages() {
		return nil, errors.New("no more pages available")
	}
	params := p.params
	maxResults, nextToken := p.members(&params)
	*nextToken = p.nextToken
	if p.options.Limit != 0 {
		*maxResults = aws.Int32(p.options.Limit)
	}
	out, err := p.list(stack.WithPaginator(ctx), &params, optFns...)
	if err != nil {
		return nil, err
	}
	next, _ := p.results(out)
	if p.started && deref(next) != "" && deref(next) == deref(p.nextToken) {
		if !p.options.StopOnDuplicateToken {
			return nil, errors.New("the service gave the same NextToken twice: the list would never end")
		}
		next = nil
	}
	p.started = true
	p.nextToken = next
	return out, nil
}

// Pages returns the pages that are left. The loop ends after the first error.
func (p *pager[I, O, S]) Pages(ctx context.Context, optFns ...func(*Options)) iter.Seq2[*O, error] {
	return func(yield func(*O, error) bool) {
		for p.HasMorePages() {
			page, err := p.NextPage(ctx, optFns...)
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// All returns the summaries of the pages that are left, each page got when it
// is needed. The loop ends after the first error, which comes with a zero
// summary.
func (p *pager[I, O, S]) All(ctx context.Context, optFns ...func(*Options)) iter.Seq2[S, error] {
	return func(yield func(S, error) bool) {
		for page, err := range p.Pages(ctx, optFns...) {
			if err != nil {
				var zero S
				yield(zero, err)
				return
			}
			_, summaries := p.results(page)
			for _, summary := range summaries {
				if !yield(summary, nil) {
					return
				}
			}
		}
	}
}

// ListEngagementByAcceptingInvitationTasksPaginatorOptions are the options of
// [NewListEngagementByAcceptingInvitationTasksPaginator].
type ListEngagementByAcceptingInvitationTasksPaginatorOptions = PaginatorOptions

// ListEngagementByAcceptingInvitationTasksPaginator walks the pages of
// ListEngagementByAcceptingInvitationTasks. It is not safe for concurrent use.
type ListEngagementByAcceptingInvitationTasksPaginator struct {
	pager[ListEngagementByAcceptingInvitationTasksInput, ListEngagementByAcceptingInvitationTasksOutput, ListEngagementByAcceptingInvitationTaskSummary]
}

// NewListEngagementByAcceptingInvitationTasksPaginator returns a paginator that
// starts at the NextToken of params, or at the first page.
func NewListEngagementByAcceptingInvitationTasksPaginator(client ListEngagementByAcceptingInvitationTasksAPIClient, params *ListEngagementByAcceptingInvitationTasksInput, optFns ...func(*ListEngagementByAcceptingInvitationTasksPaginatorOptions)) *ListEngagementByAcceptingInvitationTasksPaginator {
	p := &ListEngagementByAcceptingInvitationTasksPaginator{}
	p.list = client.ListEngagementByAcceptingInvitationTasks
	p.members = func(in *ListEngagementByAcceptingInvitationTasksInput) (**int32, **string) {
		return &in.MaxResults, &in.NextToken
	}
	p.results = func(out *ListEngagementByAcceptingInvitationTasksOutput) (*string, []ListEngagementByAcceptingInvitationTaskSummary) {
		return out.NextToken, out.TaskSummaries
	}
	p.start(params, optFns)
	return p
}

// ListEngagementFromOpportunityTasksPaginatorOptions are the options of
// [NewListEngagementFromOpportunityTasksPaginator].
type ListEngagementFromOpportunityTasksPaginatorOptions = PaginatorOptions

// ListEngagementFromOpportunityTasksPaginator walks the pages of
// ListEngagementFromOpportunityTasks. It is not safe for concurrent use.
type ListEngagementFromOpportunityTasksPaginator struct {
	pager[ListEngagementFromOpportunityTasksInput, ListEngagementFromOpportunityTasksOutput, ListEngagementFromOpportunityTaskSummary]
}

// NewListEngagementFromOpportunityTasksPaginator returns a paginator that starts
// at the NextToken of params, or at the first page.
func NewListEngagementFromOpportunityTasksPaginator(client ListEngagementFromOpportunityTasksAPIClient, params *ListEngagementFromOpportunityTasksInput, optFns ...func(*ListEngagementFromOpportunityTasksPaginatorOptions)) *ListEngagementFromOpportunityTasksPaginator {
	p := &ListEngagementFromOpportunityTasksPaginator{}
	p.list = client.ListEngagementFromOpportunityTasks
	p.members = func(in *ListEngagementFromOpportunityTasksInput) (**int32, **string) {
		return &in.MaxResults, &in.NextToken
	}
	p.results = func(out *ListEngagementFromOpportunityTasksOutput) (*string, []ListEngagementFromOpportunityTaskSummary) {
		return out.NextToken, out.TaskSummaries
	}
	p.start(params, optFns)
	return p
}
