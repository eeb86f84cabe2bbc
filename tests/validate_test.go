package tests

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// problems returns the fields that an input was refused for; it fails the test
// if anything was sent.
func problems(t *testing.T, call func(context.Context, *pc.Client) error) []string {
	t.Helper()
	tr := answers(answer(200, `{"TaskId":"task-0123456789abc","TaskSummaries":[],"EngagementInvitationSummaries":[]}`))
	err := call(context.Background(), newClient(tr))
	if err == nil {
		require.Len(t, tr.requests, 1)
		return nil
	}
	var invalid smithy.InvalidParamsError
	require.ErrorAs(t, err, &invalid)
	require.Empty(t, tr.requests, "nothing is sent")
	var fields []string
	for _, e := range invalid.Errs() {
		field := e.(smithy.InvalidParamError).Field()
		_, field, _ = strings.Cut(field, "Input.")
		fields = append(fields, field)
		require.ErrorContains(t, err, e.Error())
	}
	return fields
}

func repeated(n int, s string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestStartInputChecks(t *testing.T) {
	tags := func(tags ...pc.Tag) func(*pc.StartEngagementFromOpportunityTaskInput) {
		return func(in *pc.StartEngagementFromOpportunityTaskInput) { in.Tags = tags }
	}
	tag := func(key, value string) pc.Tag { return pc.Tag{Key: &key, Value: &value} }
	many := make([]pc.Tag, 201)
	for i := range many {
		many[i] = tag("k", "v")
	}
	id := func(id string) func(*pc.StartEngagementFromOpportunityTaskInput) {
		return func(in *pc.StartEngagementFromOpportunityTaskInput) { in.Identifier = &id }
	}
	token := func(s string) func(*pc.StartEngagementFromOpportunityTaskInput) {
		return func(in *pc.StartEngagementFromOpportunityTaskInput) { in.ClientToken = &s }
	}
	for name, test := range map[string]struct {
		change func(*pc.StartEngagementFromOpportunityTaskInput)
		want   []string
	}{
		"valid": {func(*pc.StartEngagementFromOpportunityTaskInput) {}, nil},
		"empty": {func(in *pc.StartEngagementFromOpportunityTaskInput) {
			*in = pc.StartEngagementFromOpportunityTaskInput{}
		}, []string{"AwsSubmission", "Catalog", "Identifier"}},
		"no involvement": {func(in *pc.StartEngagementFromOpportunityTaskInput) { in.AwsSubmission = &pc.AwsSubmission{} }, []string{"AwsSubmission.InvolvementType"}},
		"new enum values": {func(in *pc.StartEngagementFromOpportunityTaskInput) {
			in.AwsSubmission.InvolvementType = "New"
			in.AwsSubmission.Visibility = "New"
		}, nil},
		"catalog":            {func(in *pc.StartEngagementFromOpportunityTaskInput) { in.Catalog = aws.String("AWS 2") }, []string{"Catalog"}},
		"no O":               {id("1234567"), []string{"Identifier"}},
		"O alone":            {id("O"), []string{"Identifier"}},
		"O and 19 digits":    {id("O1234567890123456789"), nil},
		"O and 20 digits":    {id("O12345678901234567890"), []string{"Identifier"}},
		"ARN":                {id("arn:aws:partnercentral:us-east-1:1:catalog/AWS/opportunity/O1"), []string{"Identifier"}},
		"line break":         {id("O1\n"), []string{"Identifier"}},
		"token of 255":       {token(strings.Repeat("é", 255)), nil},
		"token of 256":       {token(strings.Repeat("é", 256)), []string{"ClientToken"}},
		"token no UTF-8":     {token("\xff"), []string{"ClientToken"}},
		"token, two lines":   {token("a\nb"), []string{"ClientToken"}},
		"empty list of tags": {func(in *pc.StartEngagementFromOpportunityTaskInput) { in.Tags = []pc.Tag{} }, []string{"Tags"}},
		"200 tags":           {tags(many[:200]...), nil},
		"201 tags":           {tags(many...), []string{"Tags"}},
		"tag without all":    {tags(pc.Tag{}), []string{"Tags[0].Key", "Tags[0].Value"}},
		"tag runes":          {tags(tag("Größe 1_.:/=+-@", "値")), nil},
		"bad tags":           {tags(tag("a", "b"), tag("", "b"), tag("a*", strings.Repeat("v", 257)), tag(strings.Repeat("k", 129), "\xff")), []string{"Tags[1].Key", "Tags[2].Key", "Tags[2].Value", "Tags[3].Key", "Tags[3].Value"}},
		"all at once": {func(in *pc.StartEngagementFromOpportunityTaskInput) {
			in.Catalog = aws.String("1")
			in.Identifier = aws.String("x")
			in.AwsSubmission = nil
			in.Tags = []pc.Tag{}
		}, []string{"AwsSubmission", "Catalog", "Identifier", "Tags"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := fromOpportunityInput()
			test.change(in)
			require.Equal(t, test.want, problems(t, func(ctx context.Context, c *pc.Client) error {
				_, err := c.StartEngagementFromOpportunityTask(ctx, in)
				return err
			}))
		})
	}
	for id, ok := range map[string]bool{
		"engi-0000001abc3de": true, "engi-0000001abc3d": false, "engi-0000001abc3deX": false, "engi-0000001ABC3DE": false,
		"eng-0123456789abcd": false, "": false, "arn:": true,
		"arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-0000001abc3de": true,
		"arn:" + strings.Repeat("x", 252): false,
	} {
		fields := problems(t, func(ctx context.Context, c *pc.Client) error {
			_, err := c.StartEngagementByAcceptingInvitationTask(ctx, &pc.StartEngagementByAcceptingInvitationTaskInput{Catalog: aws.String("AWS"), Identifier: &id})
			return err
		})
		require.Equal(t, ok, fields == nil, "%q: %v", id, fields)
	}
	require.Equal(t, []string{"Catalog", "Identifier"}, problems(t, func(ctx context.Context, c *pc.Client) error {
		_, err := c.StartEngagementByAcceptingInvitationTask(ctx, nil)
		return err
	}), "a nil input is an empty one")
}

func TestListInputChecks(t *testing.T) {
	catalog := aws.String("AWS")
	for name, test := range map[string]struct {
		in   pc.ListEngagementFromOpportunityTasksInput
		want []string
	}{
		"valid":         {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog}, nil},
		"no catalog":    {pc.ListEngagementFromOpportunityTasksInput{}, []string{"Catalog"}},
		"ten":           {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, TaskIdentifier: repeated(10, "task-0123456789abc")}, nil},
		"eleven":        {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, TaskIdentifier: repeated(11, "task-0123456789abc")}, []string{"TaskIdentifier"}},
		"empty lists":   {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, TaskIdentifier: []string{}, EngagementIdentifier: []string{}, OpportunityIdentifier: []string{}, TaskStatus: []pc.TaskStatus{}}, []string{"EngagementIdentifier", "OpportunityIdentifier", "TaskIdentifier", "TaskStatus"}},
		"bad entries":   {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, TaskIdentifier: []string{"task-0123456789abc", "oit-1"}, OpportunityIdentifier: []string{""}, EngagementIdentifier: []string{"eng-1"}}, []string{"EngagementIdentifier[0]", "OpportunityIdentifier[0]", "TaskIdentifier[1]"}},
		"statuses":      {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, TaskStatus: []pc.TaskStatus{"NEW", "", "COMPLETE"}}, []string{"TaskStatus[1]"}},
		"four statuses": {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, TaskStatus: make([]pc.TaskStatus, 4)}, []string{"TaskStatus"}},
		"page of 0":     {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, MaxResults: aws.Int32(0)}, []string{"MaxResults"}},
		"page of 1001":  {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, MaxResults: aws.Int32(1001)}, []string{"MaxResults"}},
		"empty token":   {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, NextToken: aws.String("")}, []string{"NextToken"}},
		"long token":    {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, NextToken: aws.String(strings.Repeat("x", 2049))}, []string{"NextToken"}},
		"empty sort":    {pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, Sort: &pc.ListTasksSortBase{}}, []string{"Sort.SortBy", "Sort.SortOrder"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, problems(t, func(ctx context.Context, c *pc.Client) error {
				_, err := c.ListEngagementFromOpportunityTasks(ctx, &test.in)
				return err
			}))
		})
	}
	require.Equal(t, []string{"Catalog", "EngagementInvitationIdentifier[0]", "MaxResults"}, problems(t, func(ctx context.Context, c *pc.Client) error {
		_, err := c.ListEngagementByAcceptingInvitationTasks(ctx, &pc.ListEngagementByAcceptingInvitationTasksInput{
			EngagementInvitationIdentifier: []string{"engi-1"}, MaxResults: aws.Int32(-1),
		})
		return err
	}))
}
