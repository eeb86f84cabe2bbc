package tests

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// pages is a mock of the one method that a paginator needs.
type pages struct {
	next   []string
	inputs []pc.ListEngagementFromOpportunityTasksInput
	fail   error
}

func (p *pages) ListEngagementFromOpportunityTasks(_ context.Context, in *pc.ListEngagementFromOpportunityTasksInput, optFns ...func(*pc.Options)) (*pc.ListEngagementFromOpportunityTasksOutput, error) {
	if p.fail != nil {
		err := p.fail
		p.fail = nil
		return nil, err
	}
	n := len(p.inputs)
	p.inputs = append(p.inputs, *in)
	out := &pc.ListEngagementFromOpportunityTasksOutput{NextToken: aws.String(p.next[n])}
	if n != 1 { // the second page is empty, and not the last
		out.TaskSummaries = []pc.ListEngagementFromOpportunityTaskSummary{{TaskId: aws.String("task-" + itoa(n))}}
	}
	return out, nil
}

func TestPaginator(t *testing.T) {
	ctx := context.Background()
	in := &pc.ListEngagementFromOpportunityTasksInput{Catalog: aws.String("AWS"), MaxResults: aws.Int32(7)}
	mock := &pages{next: []string{"a", "b", ""}, fail: errors.New("once")}
	p := pc.NewListEngagementFromOpportunityTasksPaginator(mock, in, func(o *pc.ListEngagementFromOpportunityTasksPaginatorOptions) {
		require.EqualValues(t, 7, o.Limit)
		o.Limit = 9
	})
	_, err := p.NextPage(ctx)
	require.ErrorContains(t, err, "once")
	var ids []string
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		require.NoError(t, err)
		for _, s := range page.TaskSummaries {
			ids = append(ids, *s.TaskId)
		}
	}
	require.Equal(t, []string{"task-0", "task-2"}, ids)
	require.Len(t, mock.inputs, 3)
	require.Nil(t, mock.inputs[0].NextToken)
	require.Equal(t, "b", *mock.inputs[2].NextToken)
	require.EqualValues(t, 9, *mock.inputs[2].MaxResults)
	require.EqualValues(t, 7, *in.MaxResults, "the caller's input is not written to")
	require.Nil(t, in.NextToken)
	_, err = p.NextPage(ctx)
	require.ErrorContains(t, err, "no more pages")
}

func TestPaginatorIterates(t *testing.T) {
	ctx := context.Background()
	newPaginator := func(mock *pages) *pc.ListEngagementFromOpportunityTasksPaginator {
		return pc.NewListEngagementFromOpportunityTasksPaginator(mock, &pc.ListEngagementFromOpportunityTasksInput{NextToken: aws.String("start")})
	}
	mock := &pages{next: []string{"a", "b", ""}}
	var ids []string
	for s, err := range newPaginator(mock).All(ctx) {
		require.NoError(t, err)
		ids = append(ids, *s.TaskId)
	}
	require.Equal(t, []string{"task-0", "task-2"}, ids)
	require.Equal(t, "start", *mock.inputs[0].NextToken)

	mock = &pages{next: []string{"a", "b", ""}}
	for range newPaginator(mock).All(ctx) {
		break
	}
	require.Len(t, mock.inputs, 1, "a page is got when it is needed")

	mock = &pages{next: []string{"a", "b", ""}}
	var n int
	for page, err := range newPaginator(mock).Pages(ctx) {
		require.NoError(t, err)
		require.NotNil(t, page)
		n++
	}
	require.Equal(t, 3, n)

	var errs []error
	for _, err := range newPaginator(&pages{fail: errors.New("refused")}).All(ctx) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorContains(t, errs[0], "refused")
}

func TestPaginatorEndsOnARepeatedToken(t *testing.T) {
	mock := &pages{next: slices.Repeat([]string{"a"}, 5)}
	p := pc.NewListEngagementFromOpportunityTasksPaginator(mock, nil)
	for range 2 {
		// The page that repeats the token is one like any other.
		page, err := p.NextPage(context.Background())
		require.NoError(t, err)
		require.NotNil(t, page)
	}
	require.True(t, p.HasMorePages())
	_, err := p.NextPage(context.Background())
	require.ErrorContains(t, err, "same NextToken twice")
	require.Len(t, mock.inputs, 2)

	mock = &pages{next: slices.Repeat([]string{"a"}, 5)}
	p = pc.NewListEngagementFromOpportunityTasksPaginator(mock, nil, func(o *pc.ListEngagementFromOpportunityTasksPaginatorOptions) {
		o.StopOnDuplicateToken = true
	})
	for _, err := range p.All(context.Background()) {
		require.NoError(t, err)
	}
	require.Len(t, mock.inputs, 2)
}

func TestPaginatorEndsOnACycleOfTokens(t *testing.T) {
	cycle := []string{"a", "b", "c", "a", "b", "c", "a"}
	mock := &pages{next: cycle}
	p := pc.NewListEngagementFromOpportunityTasksPaginator(mock, nil)
	var got int
	var last error
	for page, err := range p.Pages(context.Background()) {
		if last = err; page != nil {
			got++
		}
	}
	require.ErrorContains(t, last, "same NextToken twice")
	require.Equal(t, 4, got)

	mock = &pages{next: cycle}
	p = pc.NewListEngagementFromOpportunityTasksPaginator(mock, nil, nil, func(o *pc.ListEngagementFromOpportunityTasksPaginatorOptions) {
		o.StopOnDuplicateToken = true
	})
	for _, err := range p.Pages(context.Background()) {
		require.NoError(t, err)
	}
	require.Len(t, mock.inputs, 4)
}

// nothing is a mock that returns neither an output nor an error.
type nothing struct{}

func (nothing) ListEngagementFromOpportunityTasks(context.Context, *pc.ListEngagementFromOpportunityTasksInput, ...func(*pc.Options)) (*pc.ListEngagementFromOpportunityTasksOutput, error) {
	return nil, nil
}

func TestPaginatorOfAMockThatReturnsNothing(t *testing.T) {
	p := pc.NewListEngagementFromOpportunityTasksPaginator(nothing{}, nil)
	page, err := p.NextPage(context.Background())
	require.Nil(t, page)
	require.ErrorContains(t, err, "neither an answer nor an error")
}

func TestPaginatorOfTheClient(t *testing.T) {
	tr := answers(answer(200, `{"NextToken":"n","TaskSummaries":[{"TaskId":"task-0123456789abc"}]}`), answer(200, emptyPage))
	p := pc.NewListEngagementByAcceptingInvitationTasksPaginator(newClient(tr), &pc.ListEngagementByAcceptingInvitationTasksInput{Catalog: aws.String("AWS")})
	var n int
	for _, err := range p.All(context.Background()) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 1, n)
	require.Equal(t, `{"Catalog":"AWS","NextToken":"n"}`, tr.bodies[1])
	require.Regexp(t, `m/(\w,)*C\b`, tr.requests[0].Header.Get("User-Agent"), "the paginator is told to the service")
}
