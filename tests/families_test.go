package tests

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

const (
	classicID     = "task-0123456789abc"
	prospectingID = "task-0123456789abcd"
	arnPrefix     = "arn:aws:partnercentral:us-east-1::catalog/Sandbox/"
	startedProsp  = `{"TaskId":"` + prospectingID + `","TaskArn":"` + arnPrefix + `prospecting-from-engagement-task/` + prospectingID + `","TaskName":"autumn","StartTime":"2026-08-01T12:00:00Z","TaskStatus":"PENDING","Identifiers":["eng-0123456789abcd"],"Message":null,"ReasonCode":null}`
	runningProsp  = `{"TaskId":"` + prospectingID + `","TaskArn":"a","TaskName":"autumn","StartTime":"2026-08-01T12:00:00Z","Engagements":[{"EngagementIdentifier":"eng-0123456789abcd","Status":"PENDING"}]}`
)

func fromEngagementInput() *pc.StartOpportunityFromEngagementTaskInput {
	return &pc.StartOpportunityFromEngagementTaskInput{
		Catalog: aws.String(pc.CatalogSandbox), Identifier: aws.String("eng-0123456789abcd"), ContextIdentifier: aws.String("1"),
	}
}

func prospectingInput() *pc.StartProspectingFromEngagementTaskInput {
	return &pc.StartProspectingFromEngagementTaskInput{
		Catalog: aws.String(pc.CatalogSandbox), Identifiers: []string{"eng-0123456789abcd"}, TaskName: aws.String("autumn"),
	}
}

func TestRequestsOfTheLaterFamilies(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	for operation, test := range map[string]struct {
		answer string
		call   func(context.Context, *pc.Client) error
		body   string
	}{
		"StartOpportunityFromEngagementTask": {startedBody, func(ctx context.Context, c *pc.Client) error {
			in := fromEngagementInput()
			in.ClientToken = aws.String("token-1")
			in.Tags = []pc.Tag{{Key: aws.String("Source"), Value: aws.String("LeadConversion")}}
			_, err := c.StartOpportunityFromEngagementTask(ctx, in)
			return err
		}, `{"Catalog":"Sandbox","ClientToken":"token-1","ContextIdentifier":"1","Identifier":"eng-0123456789abcd","Tags":[{"Key":"Source","Value":"LeadConversion"}]}`},
		"ListOpportunityFromEngagementTasks": {emptyPage, func(ctx context.Context, c *pc.Client) error {
			_, err := c.ListOpportunityFromEngagementTasks(ctx, &pc.ListOpportunityFromEngagementTasksInput{
				Catalog: aws.String("AWS"), ContextIdentifier: []string{"1", "20"}, EngagementIdentifier: []string{"eng-0123456789abcd"},
				MaxResults: aws.Int32(1000), NextToken: aws.String("n"), OpportunityIdentifier: []string{"O1"},
				Sort:           &pc.ListTasksSortBase{SortBy: pc.ListTasksSortNameStartTime, SortOrder: pc.SortOrderAscending},
				TaskIdentifier: []string{classicID}, TaskStatus: []pc.TaskStatus{pc.TaskStatusFailed},
			})
			return err
		}, `{"Catalog":"AWS","ContextIdentifier":["1","20"],"EngagementIdentifier":["eng-0123456789abcd"],"MaxResults":1000,"NextToken":"n","OpportunityIdentifier":["O1"],"Sort":{"SortBy":"StartTime","SortOrder":"ASCENDING"},"TaskIdentifier":["task-0123456789abc"],"TaskStatus":["FAILED"]}`},
		"StartProspectingFromEngagementTask": {startedProsp, func(ctx context.Context, c *pc.Client) error {
			in := prospectingInput()
			in.ClientToken = aws.String("token-1")
			_, err := c.StartProspectingFromEngagementTask(ctx, in)
			return err
		}, `{"Catalog":"Sandbox","ClientToken":"token-1","Identifiers":["eng-0123456789abcd"],"TaskName":"autumn"}`},
		"GetProspectingFromEngagementTask": {runningProsp, func(ctx context.Context, c *pc.Client) error {
			_, err := c.GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{Catalog: aws.String("AWS"), TaskIdentifier: aws.String(prospectingID)})
			return err
		}, `{"Catalog":"AWS","TaskIdentifier":"task-0123456789abcd"}`},
		"ListProspectingFromEngagementTasks": {emptyPage, func(ctx context.Context, c *pc.Client) error {
			_, err := c.ListProspectingFromEngagementTasks(ctx, &pc.ListProspectingFromEngagementTasksInput{
				Catalog: aws.String("AWS"), MaxResults: aws.Int32(100), NextToken: aws.String("n"),
				Sort:       &pc.ProspectingFromEngagementTaskSort{SortBy: pc.ProspectingFromEngagementTaskSortNameTaskName, SortOrder: pc.SortOrderDescending},
				StartAfter: aws.Time(time.Date(2026, 8, 1, 14, 0, 0, 120000000, zone)), StartBefore: aws.Time(time.Date(2026, 8, 2, 0, 0, 0, 0, time.UTC)),
				TaskIdentifier: []string{prospectingID}, TaskName: []string{"autumn", "Größe <1>"},
			})
			return err
		}, `{"Catalog":"AWS","MaxResults":100,"NextToken":"n","Sort":{"SortBy":"TaskName","SortOrder":"DESCENDING"},"StartAfter":"2026-08-01T12:00:00.12Z","StartBefore":"2026-08-02T00:00:00Z","TaskIdentifier":["task-0123456789abcd"],"TaskName":["autumn","Größe \u003c1\u003e"]}`},
	} {
		t.Run(operation, func(t *testing.T) {
			tr := answers(answer(200, test.answer))
			require.NoError(t, test.call(context.Background(), newClient(tr)))
			require.Len(t, tr.requests, 1)
			require.Equal(t, test.body, tr.bodies[0])
			require.Equal(t, "AWSPartnerCentralSelling."+operation, tr.requests[0].Header.Get("X-Amz-Target"))
			verifySignature(t, tr.requests[0], tr.bodies[0])
		})
	}
}

func TestStartsOfTheLaterFamiliesFillInATokenOnACopy(t *testing.T) {
	tr := answers(answer(200, startedProsp))
	opportunity, prospecting := fromEngagementInput(), prospectingInput()
	_, err := newClient(tr).StartOpportunityFromEngagementTask(context.Background(), opportunity)
	require.NoError(t, err)
	out, err := newClient(tr).StartProspectingFromEngagementTask(context.Background(), prospecting)
	require.NoError(t, err)
	for _, body := range tr.bodies {
		require.Regexp(t, `"ClientToken":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`, body)
	}
	require.Nil(t, opportunity.ClientToken)
	require.Nil(t, prospecting.ClientToken)
	require.Contains(t, tr.bodies[1], out.Task().ClientToken)
}

func TestInputChecksOfTheLaterFamilies(t *testing.T) {
	catalog := aws.String("AWS")
	start := func(change func(*pc.StartProspectingFromEngagementTaskInput)) func(context.Context, *pc.Client) error {
		in := prospectingInput()
		change(in)
		return func(ctx context.Context, c *pc.Client) error {
			_, err := c.StartProspectingFromEngagementTask(ctx, in)
			return err
		}
	}
	convert := func(change func(*pc.StartOpportunityFromEngagementTaskInput)) func(context.Context, *pc.Client) error {
		in := fromEngagementInput()
		change(in)
		return func(ctx context.Context, c *pc.Client) error {
			_, err := c.StartOpportunityFromEngagementTask(ctx, in)
			return err
		}
	}
	get := func(in pc.GetProspectingFromEngagementTaskInput) func(context.Context, *pc.Client) error {
		return func(ctx context.Context, c *pc.Client) error {
			_, err := c.GetProspectingFromEngagementTask(ctx, &in)
			return err
		}
	}
	list := func(in pc.ListProspectingFromEngagementTasksInput) func(context.Context, *pc.Client) error {
		return func(ctx context.Context, c *pc.Client) error {
			_, err := c.ListProspectingFromEngagementTasks(ctx, &in)
			return err
		}
	}
	listOpportunity := func(in pc.ListOpportunityFromEngagementTasksInput) func(context.Context, *pc.Client) error {
		return func(ctx context.Context, c *pc.Client) error {
			_, err := c.ListOpportunityFromEngagementTasks(ctx, &in)
			return err
		}
	}
	for name, test := range map[string]struct {
		call func(context.Context, *pc.Client) error
		want []string
	}{
		"prospecting, valid": {start(func(*pc.StartProspectingFromEngagementTaskInput) {}), nil},
		"prospecting, nil": {func(ctx context.Context, c *pc.Client) error {
			_, err := c.StartProspectingFromEngagementTask(ctx, nil)
			return err
		}, []string{"Catalog", "Identifiers", "TaskName"}},
		"prospecting, no engagement": {start(func(in *pc.StartProspectingFromEngagementTaskInput) { in.Identifiers = []string{} }), []string{"Identifiers"}},
		"prospecting, 100 engagements": {start(func(in *pc.StartProspectingFromEngagementTaskInput) {
			in.Identifiers = repeated(100, "eng-0123456789abcd")
		}), nil},
		"prospecting, 101 engagements": {start(func(in *pc.StartProspectingFromEngagementTaskInput) {
			in.Identifiers = repeated(101, "eng-0123456789abcd")
		}), []string{"Identifiers"}},
		"prospecting, bad engagements": {start(func(in *pc.StartProspectingFromEngagementTaskInput) {
			in.Identifiers = []string{"eng-0123456789abcd", "", "arn:aws:partnercentral:us-east-1::catalog/AWS/engagement/eng-0123456789abcd", "eng-0123456789abcd\n"}
		}), []string{"Identifiers[1]", "Identifiers[2]", "Identifiers[3]"}},
		"prospecting, name of 128": {start(func(in *pc.StartProspectingFromEngagementTaskInput) {
			in.TaskName = aws.String(strings.Repeat("é", 128))
		}), nil},
		"prospecting, name of 129": {start(func(in *pc.StartProspectingFromEngagementTaskInput) {
			in.TaskName = aws.String(strings.Repeat("é", 129))
		}), []string{"TaskName"}},
		"prospecting, name no UTF-8": {start(func(in *pc.StartProspectingFromEngagementTaskInput) { in.TaskName = aws.String("\xff") }), []string{"TaskName"}},
		"prospecting, empty name":    {start(func(in *pc.StartProspectingFromEngagementTaskInput) { in.TaskName = aws.String("") }), []string{"TaskName"}},
		"prospecting, long token": {start(func(in *pc.StartProspectingFromEngagementTaskInput) {
			in.ClientToken = aws.String(strings.Repeat("x", 256))
		}), []string{"ClientToken"}},
		"opportunity, valid": {convert(func(*pc.StartOpportunityFromEngagementTaskInput) {}), nil},
		"opportunity, nil": {func(ctx context.Context, c *pc.Client) error {
			_, err := c.StartOpportunityFromEngagementTask(ctx, nil)
			return err
		}, []string{"Catalog", "ContextIdentifier", "Identifier"}},
		"opportunity, ARN": {convert(func(in *pc.StartOpportunityFromEngagementTaskInput) {
			in.Identifier = aws.String("arn:aws:partnercentral:us-east-1::catalog/AWS/engagement/eng-0123456789abcd")
		}), nil},
		"opportunity, context 0":  {convert(func(in *pc.StartOpportunityFromEngagementTaskInput) { in.ContextIdentifier = aws.String("0") }), []string{"ContextIdentifier"}},
		"opportunity, context 01": {convert(func(in *pc.StartOpportunityFromEngagementTaskInput) { in.ContextIdentifier = aws.String("01") }), []string{"ContextIdentifier"}},
		"opportunity, prospecting's": {convert(func(in *pc.StartOpportunityFromEngagementTaskInput) {
			in.ContextIdentifier = aws.String("ctx-0123456789abcd")
		}), []string{"ContextIdentifier"}},
		"opportunity, a big context": {convert(func(in *pc.StartOpportunityFromEngagementTaskInput) {
			in.ContextIdentifier = aws.String("10203040506070809000")
		}), nil},
		"opportunity, no tags":           {convert(func(in *pc.StartOpportunityFromEngagementTaskInput) { in.Tags = []pc.Tag{} }), []string{"Tags"}},
		"get, nothing":                   {get(pc.GetProspectingFromEngagementTaskInput{}), []string{"Catalog", "TaskIdentifier"}},
		"get, valid":                     {get(pc.GetProspectingFromEngagementTaskInput{Catalog: catalog, TaskIdentifier: aws.String(prospectingID)}), nil},
		"list, valid":                    {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, NextToken: aws.String("")}), nil},
		"list, nothing":                  {list(pc.ListProspectingFromEngagementTasksInput{}), []string{"Catalog"}},
		"list, page of 101":              {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, MaxResults: aws.Int32(101)}), []string{"MaxResults"}},
		"list, page of 0":                {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, MaxResults: aws.Int32(0)}), []string{"MaxResults"}},
		"list, empty filters":            {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, TaskIdentifier: []string{}, TaskName: []string{}}), []string{"TaskIdentifier", "TaskName"}},
		"list, long filters":             {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, TaskIdentifier: repeated(11, prospectingID), TaskName: repeated(11, "n")}), []string{"TaskIdentifier", "TaskName"}},
		"list, bad filters":              {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, TaskIdentifier: []string{prospectingID, "x"}, TaskName: []string{""}}), []string{"TaskIdentifier[1]", "TaskName[0]"}},
		"list, empty sort":               {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, Sort: &pc.ProspectingFromEngagementTaskSort{}}), []string{"Sort.SortBy", "Sort.SortOrder"}},
		"list, years out of range":       {list(pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, StartAfter: aws.Time(time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)), StartBefore: aws.Time(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}), []string{"StartAfter", "StartBefore"}},
		"opportunities, empty contexts":  {listOpportunity(pc.ListOpportunityFromEngagementTasksInput{Catalog: catalog, ContextIdentifier: []string{}}), []string{"ContextIdentifier"}},
		"opportunities, all wrong":       {listOpportunity(pc.ListOpportunityFromEngagementTasksInput{ContextIdentifier: []string{"x"}, EngagementIdentifier: []string{"x"}, OpportunityIdentifier: []string{"x"}, TaskIdentifier: []string{"x"}, TaskStatus: []pc.TaskStatus{""}, MaxResults: aws.Int32(1001), NextToken: aws.String(""), Sort: &pc.ListTasksSortBase{}}), []string{"Catalog", "ContextIdentifier[0]", "EngagementIdentifier[0]", "MaxResults", "NextToken", "OpportunityIdentifier[0]", "Sort.SortBy", "Sort.SortOrder", "TaskIdentifier[0]", "TaskStatus[0]"}},
		"opportunities, eleven contexts": {listOpportunity(pc.ListOpportunityFromEngagementTasksInput{Catalog: catalog, ContextIdentifier: repeated(11, "1")}), []string{"ContextIdentifier"}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, problems(t, test.call)) })
	}
}

// A task id given to the operations of another family is refused before it is
// sent, with the operation to use.
func TestWrongPairings(t *testing.T) {
	ctx := context.Background()
	catalog := aws.String("Sandbox")
	prospectingARN := arnPrefix + "prospecting-from-engagement-task/" + prospectingID
	get := func(c *pc.Client, id string) error {
		_, err := c.GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{Catalog: catalog, TaskIdentifier: &id})
		return err
	}
	list := func(c *pc.Client, id string) error {
		_, err := c.ListProspectingFromEngagementTasks(ctx, &pc.ListProspectingFromEngagementTasksInput{Catalog: catalog, TaskIdentifier: []string{id}})
		return err
	}
	accepting := func(c *pc.Client, id string) error {
		_, err := c.ListEngagementByAcceptingInvitationTasks(ctx, &pc.ListEngagementByAcceptingInvitationTasksInput{Catalog: catalog, TaskIdentifier: []string{id}})
		return err
	}
	submitting := func(c *pc.Client, id string) error {
		_, err := c.ListEngagementFromOpportunityTasks(ctx, &pc.ListEngagementFromOpportunityTasksInput{Catalog: catalog, TaskIdentifier: []string{id}})
		return err
	}
	converting := func(c *pc.Client, id string) error {
		_, err := c.ListOpportunityFromEngagementTasks(ctx, &pc.ListOpportunityFromEngagementTasksInput{Catalog: catalog, TaskIdentifier: []string{id}})
		return err
	}
	for name, test := range map[string]struct {
		call func(*pc.Client, string) error
		id   string
		says string
	}{
		"classic id to Get":            {get, classicID, "ListEngagementByAcceptingInvitationTasks, ListEngagementFromOpportunityTasks or ListOpportunityFromEngagementTasks"},
		"classic id to List":           {list, classicID, "ListEngagementByAcceptingInvitationTasks, ListEngagementFromOpportunityTasks or ListOpportunityFromEngagementTasks"},
		"accepting ARN to Get":         {get, arnPrefix + "engagement-by-accepting-invitation-task/" + classicID, "use ListEngagementByAcceptingInvitationTasks"},
		"submitting ARN to Get":        {get, arnPrefix + "engagement-from-opportunity-task/" + classicID, "use ListEngagementFromOpportunityTasks"},
		"converting ARN to List":       {list, arnPrefix + "opportunity-from-engagement-task/" + classicID, "use ListOpportunityFromEngagementTasks"},
		"prospecting ARN to Get":       {get, prospectingARN, "after its last slash"},
		"prospecting id, accepting":    {accepting, prospectingID, "use GetProspectingFromEngagementTask"},
		"prospecting id, submitting":   {submitting, prospectingID, "use GetProspectingFromEngagementTask"},
		"prospecting id, converting":   {converting, prospectingID, "use GetProspectingFromEngagementTask"},
		"prospecting ARN, submitting":  {submitting, prospectingARN, "use GetProspectingFromEngagementTask"},
		"neither, to Get":              {get, "oit-0123456789abc", "value must be a prospecting task id"},
		"neither, to a classic's List": {submitting, "oit-0123456789abc", "value must be a task id"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := answers(answer(200, emptyPage))
			err := test.call(newClient(tr), test.id)
			var invalid smithy.InvalidParamsError
			require.ErrorAs(t, err, &invalid)
			require.ErrorContains(t, err, test.says)
			require.Empty(t, tr.requests, "nothing is sent")
			require.Equal(t, strings.HasPrefix(name, "neither"), !strings.Contains(err.Error(), "use "), err)
		})
	}
}

func TestAnswersThatCannotBeSuccesses(t *testing.T) {
	ctx := context.Background()
	catalog := aws.String("AWS")
	calls := map[string]func(*pc.Client) error{
		"StartOpportunityFromEngagementTask": func(c *pc.Client) error {
			_, err := c.StartOpportunityFromEngagementTask(ctx, fromEngagementInput())
			return err
		},
		"StartProspectingFromEngagementTask": func(c *pc.Client) error {
			_, err := c.StartProspectingFromEngagementTask(ctx, prospectingInput())
			return err
		},
		"GetProspectingFromEngagementTask": func(c *pc.Client) error {
			_, err := c.GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{Catalog: catalog, TaskIdentifier: aws.String(prospectingID)})
			return err
		},
		"ListProspectingFromEngagementTasks": func(c *pc.Client) error {
			_, err := c.ListProspectingFromEngagementTasks(ctx, &pc.ListProspectingFromEngagementTasksInput{Catalog: catalog})
			return err
		},
		"ListOpportunityFromEngagementTasks": func(c *pc.Client) error {
			_, err := c.ListOpportunityFromEngagementTasks(ctx, &pc.ListOpportunityFromEngagementTasksInput{Catalog: catalog})
			return err
		},
	}
	good := map[string][]string{
		"StartOpportunityFromEngagementTask": {startedBody, `{"TaskStatus":"COMPLETE"}`, `{"TaskStatus":"FAILED"}`},
		"StartProspectingFromEngagementTask": {startedProsp, `{"TaskStatus":"COMPLETED"}`, `{"TaskStatus":"FAILED"}`, `{"TaskArn":"arn:x"}`},
		"GetProspectingFromEngagementTask":   {runningProsp, `{"TaskId":"t"}`, `{"Engagements":[]}`, `{"TaskArn":"arn:x","Engagements":null,"New":[{}]}`},
		"ListProspectingFromEngagementTasks": {emptyPage, `{"TaskSummaries":[]}`, `{"NextToken":"n","TaskSummaries":null}`, `{"TaskSummaries":[{}]}`, `{"TaskSummaries":[{"TotalEngagementCount":"3"}]}`},
		"ListOpportunityFromEngagementTasks": {emptyPage, `{"NextToken":"n"}`},
	}
	bad := map[string][]string{
		"StartOpportunityFromEngagementTask": {`{}`, `{"TaskStatus":"IN_PROGRESS"}`, `{"TaskId":"","TaskArn":null}`, `{"TaskStatus":"COMPLETED"}`},
		"StartProspectingFromEngagementTask": {`{}`, `{"TaskStatus":"PENDING","TaskName":"autumn"}`, `{"TaskStatus":"IN_PROGRESS"}`, `{"Identifiers":"eng"}`},
		"GetProspectingFromEngagementTask":   {`{}`, `{"TaskId":null,"Engagements":null}`, `{"TaskName":"n","StartTime":"2026-08-01T12:00:00Z"}`, `{"TaskId":"t","EndTime":1754049600}`, `{"TaskId":"t","Engagements":{}}`},
		"ListProspectingFromEngagementTasks": {`{}`, `{"NextToken":null,"TaskSummaries":null}`, `{"TaskSummaries":{}}`},
		"ListOpportunityFromEngagementTasks": {`{"TaskSummaries":7}`, `{}`, `{"__type":"ThrottlingException","message":"slow"}`},
	}
	for operation, call := range calls {
		t.Run(operation, func(t *testing.T) {
			require.NotEmpty(t, good[operation])
			for _, body := range good[operation] {
				require.NoError(t, call(newClient(answers(answer(200, body)))), body)
			}
			for _, body := range append(bad[operation], ``, `<html>`, `null`, `[]`, `{"TaskId":"task-01`) {
				tr := answers(answer(200, body))
				err := call(newClient(tr, func(o *pc.Options) { o.Retryer = aws.NopRetryer{} }))
				var broken *smithy.DeserializationError
				require.ErrorAs(t, err, &broken, body)
				require.ErrorContains(t, err, operation)
			}
		})
	}
	t.Run("a broken answer to a Start is repeated with the same token", func(t *testing.T) {
		tr := answers(answer(200, `{}`), answer(200, startedProsp))
		_, err := newClient(tr, noBackoff).StartProspectingFromEngagementTask(ctx, prospectingInput())
		require.NoError(t, err)
		require.Len(t, tr.bodies, 2)
		require.Equal(t, tr.bodies[0], tr.bodies[1])
	})
}

func TestErrorsOfTheLaterFamilies(t *testing.T) {
	ctx := context.Background()
	_, err := newClient(answers(answer(409, `{"__type":"ConflictException","Message":"busy"}`))).StartProspectingFromEngagementTask(ctx, prospectingInput())
	var conflict *pc.ConflictException
	require.ErrorAs(t, err, &conflict)
	_, err = newClient(answers(answer(400, `{"Message":"no"}`, "X-Amzn-Errortype", "ResourceNotFoundException:http://x"))).
		GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{Catalog: aws.String("AWS"), TaskIdentifier: aws.String(prospectingID)})
	var missing *pc.ResourceNotFoundException
	require.ErrorAs(t, err, &missing)
}

func TestPaginatorsOfTheLaterFamilies(t *testing.T) {
	ctx := context.Background()
	tr := answers(answer(200, `{"NextToken":"n","TaskSummaries":[{"TaskId":"a","TotalEngagementCount":3,"CompletedEngagementCount":2,"FailedEngagementCount":1,"EndTime":"2026-08-01T12:00:09.5Z"}]}`), answer(200, `{"TaskSummaries":[{"TaskId":"b"}]}`))
	var ids []string
	for s, err := range pc.NewListProspectingFromEngagementTasksPaginator(newClient(tr), &pc.ListProspectingFromEngagementTasksInput{Catalog: aws.String("AWS")}, func(o *pc.ListProspectingFromEngagementTasksPaginatorOptions) { o.Limit = 100 }).All(ctx) {
		require.NoError(t, err)
		ids = append(ids, *s.TaskId)
		if *s.TaskId == "a" {
			require.Equal(t, []int32{3, 2, 1}, []int32{*s.TotalEngagementCount, *s.CompletedEngagementCount, *s.FailedEngagementCount})
			require.Equal(t, time.Date(2026, 8, 1, 12, 0, 9, 5e8, time.UTC), s.EndTime.UTC())
		}
	}
	require.Equal(t, []string{"a", "b"}, ids)
	require.Equal(t, []string{`{"Catalog":"AWS","MaxResults":100}`, `{"Catalog":"AWS","MaxResults":100,"NextToken":"n"}`}, tr.bodies)

	tr = answers(answer(200, `{"NextToken":"n","TaskSummaries":[]}`), answer(200, `{"TaskSummaries":[{"TaskId":"b","ContextId":"2","EngagementId":"e","OpportunityId":"O1"}]}`))
	for s, err := range pc.NewListOpportunityFromEngagementTasksPaginator(newClient(tr), &pc.ListOpportunityFromEngagementTasksInput{Catalog: aws.String("AWS")}).All(ctx) {
		require.NoError(t, err)
		require.Equal(t, pc.Task{Kind: pc.TaskKindOpportunityFromEngagement, ID: "b", ContextID: "2", EngagementID: "e", OpportunityID: "O1"}, s.Task())
	}
	require.Equal(t, `{"Catalog":"AWS","NextToken":"n"}`, tr.bodies[1])
}

// The official client's mocks implement one method an operation.
var (
	_ pc.StartOpportunityFromEngagementTaskAPIClient = (*pc.Client)(nil)
	_ pc.ListOpportunityFromEngagementTasksAPIClient = (*pc.Client)(nil)
	_ pc.StartProspectingFromEngagementTaskAPIClient = (*pc.Client)(nil)
	_ pc.GetProspectingFromEngagementTaskAPIClient   = (*pc.Client)(nil)
	_ pc.ListProspectingFromEngagementTasksAPIClient = (*pc.Client)(nil)
)
