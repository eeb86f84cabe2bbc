package tests

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

const emptyInvitations = `{"EngagementInvitationSummaries":[],"NextToken":null}`

func inbox() *pc.ListEngagementInvitationsInput {
	return &pc.ListEngagementInvitationsInput{Catalog: aws.String(pc.CatalogSandbox), ParticipantType: pc.ParticipantTypeReceiver}
}

func TestInvitationsRequest(t *testing.T) {
	tr := answers(answer(200, emptyInvitations))
	_, err := newClient(tr).ListEngagementInvitations(t.Context(), &pc.ListEngagementInvitationsInput{
		Catalog:              aws.String("AWS"),
		EngagementIdentifier: []string{"eng-0123456789abcd", "arn:aws:partnercentral:us-east-1::catalog/AWS/engagement/eng-0123456789abcd"},
		MaxResults:           aws.Int32(100), NextToken: aws.String("n"),
		ParticipantType:    pc.ParticipantTypeReceiver,
		PayloadType:        pc.EngagementInvitationPayloadType("").Values(),
		SenderAwsAccountId: []string{"111122223333", "aws"},
		Sort:               &pc.OpportunityEngagementInvitationSort{SortBy: pc.OpportunityEngagementInvitationSortNameInvitationDate, SortOrder: pc.SortOrderAscending},
		Status:             pc.InvitationStatus("").Values(),
	})
	require.NoError(t, err)
	require.Equal(t, `{"Catalog":"AWS","EngagementIdentifier":["eng-0123456789abcd","arn:aws:partnercentral:us-east-1::catalog/AWS/engagement/eng-0123456789abcd"],`+
		`"MaxResults":100,"NextToken":"n","ParticipantType":"RECEIVER","PayloadType":["OpportunityInvitation","LeadInvitation"],`+
		`"SenderAwsAccountId":["111122223333","aws"],"Sort":{"SortBy":"InvitationDate","SortOrder":"ASCENDING"},`+
		`"Status":["ACCEPTED","PENDING","REJECTED","EXPIRED"]}`, tr.bodies[0])
	require.Equal(t, "AWSPartnerCentralSelling.ListEngagementInvitations", tr.requests[0].Header.Get("X-Amz-Target"))
	verifySignature(t, tr.requests[0], tr.bodies[0])
}

func TestInvitationsInputChecks(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*pc.ListEngagementInvitationsInput)
		want   []string
	}{
		"valid":               {func(*pc.ListEngagementInvitationsInput) {}, nil},
		"empty":               {func(in *pc.ListEngagementInvitationsInput) { *in = pc.ListEngagementInvitationsInput{} }, []string{"Catalog", "ParticipantType"}},
		"no participant type": {func(in *pc.ListEngagementInvitationsInput) { in.ParticipantType = "" }, []string{"ParticipantType"}},
		"new words": {func(in *pc.ListEngagementInvitationsInput) {
			in.ParticipantType, in.Status = "OBSERVER", []pc.InvitationStatus{"WITHDRAWN"}
			in.PayloadType = []pc.EngagementInvitationPayloadType{"OfferInvitation"}
		}, nil},
		"page of 101":    {func(in *pc.ListEngagementInvitationsInput) { in.MaxResults = aws.Int32(101) }, []string{"MaxResults"}},
		"page of 0":      {func(in *pc.ListEngagementInvitationsInput) { in.MaxResults = aws.Int32(0) }, []string{"MaxResults"}},
		"empty words":    {func(in *pc.ListEngagementInvitationsInput) { in.PayloadType = []pc.EngagementInvitationPayloadType{""} }, []string{"PayloadType[0]"}},
		"eleven states":  {func(in *pc.ListEngagementInvitationsInput) { in.Status = make([]pc.InvitationStatus, 11) }, []string{"Status"}},
		"an empty state": {func(in *pc.ListEngagementInvitationsInput) { in.Status = []pc.InvitationStatus{"PENDING", ""} }, []string{"Status[1]"}},
		"eleven senders": {func(in *pc.ListEngagementInvitationsInput) { in.SenderAwsAccountId = repeated(11, "aws") }, []string{"SenderAwsAccountId"}},
		"bad senders": {func(in *pc.ListEngagementInvitationsInput) {
			in.SenderAwsAccountId = []string{"", "aws", "1111222233334", "a-b"}
		}, []string{"SenderAwsAccountId[0]", "SenderAwsAccountId[2]", "SenderAwsAccountId[3]"}},
		"bad engagement":   {func(in *pc.ListEngagementInvitationsInput) { in.EngagementIdentifier = []string{"engi-0000001abc3de"} }, []string{"EngagementIdentifier[0]"}},
		"empty engagement": {func(in *pc.ListEngagementInvitationsInput) { in.EngagementIdentifier = []string{} }, []string{"EngagementIdentifier"}},
		"half a sort": {func(in *pc.ListEngagementInvitationsInput) {
			in.Sort = &pc.OpportunityEngagementInvitationSort{SortOrder: pc.SortOrderAscending}
		}, []string{"Sort.SortBy"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := inbox()
			test.change(in)
			require.Equal(t, test.want, problems(t, func(ctx context.Context, c *pc.Client) error {
				_, err := c.ListEngagementInvitations(ctx, in)
				return err
			}))
		})
	}
	require.Equal(t, []string{"Catalog", "ParticipantType"}, problems(t, func(ctx context.Context, c *pc.Client) error {
		_, err := c.ListEngagementInvitations(ctx, nil)
		return err
	}))
}

const errNoList = "the answer has neither a list nor a token of the next page"

func TestInvitationsAnswer(t *testing.T) {
	tr := answers(answer(200, `{"EngagementInvitationSummaries":[
		{"Arn":"arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-0000001abc3de","Catalog":"Sandbox",
		 "EngagementId":"eng-0123456789abcd","EngagementTitle":"Data lake","ExpirationDate":"2026-08-16T12:00:00.123456789Z","Id":"engi-0000001abc3de",
		 "InvitationDate":"2026-08-01T12:00:00Z","ParticipantType":"RECEIVER","PayloadType":"OpportunityInvitation",
		 "Receiver":{"Account":{"Alias":"partner","AwsAccountId":"111122223333"}},"SenderAwsAccountId":"aws","SenderCompanyName":"AWS","Status":"PENDING"},
		{"Id":"engi-0000001abc3df","Catalog":"Sandbox","InvitationDate":"2026-08-01T12:00:00","PayloadType":"OfferInvitation","Status":"WITHDRAWN",
		 "Receiver":{"Team":{"Name":"x"}},"Arn":null,"New":[1]}],"NextToken":"more"}`))
	out, err := newClient(tr).ListEngagementInvitations(t.Context(), inbox())
	require.NoError(t, err)
	require.Equal(t, "more", *out.NextToken)
	require.Equal(t, []pc.EngagementInvitationSummary{{
		Arn:     aws.String("arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-0000001abc3de"),
		Catalog: aws.String("Sandbox"), EngagementId: aws.String("eng-0123456789abcd"), EngagementTitle: aws.String("Data lake"),
		ExpirationDate: aws.Time(time.Date(2026, 8, 16, 12, 0, 0, 123456789, time.UTC)), Id: aws.String("engi-0000001abc3de"),
		InvitationDate: aws.Time(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)), ParticipantType: pc.ParticipantTypeReceiver,
		PayloadType:        pc.EngagementInvitationPayloadTypeOpportunityInvitation,
		Receiver:           &pc.Receiver{Account: &pc.AccountReceiver{Alias: aws.String("partner"), AwsAccountId: aws.String("111122223333")}},
		SenderAwsAccountId: aws.String("aws"), SenderCompanyName: aws.String("AWS"), Status: pc.InvitationStatusPending,
	}, {
		Id: aws.String("engi-0000001abc3df"), Catalog: aws.String("Sandbox"), InvitationDate: aws.Time(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)),
		PayloadType: "OfferInvitation", Status: "WITHDRAWN", Receiver: &pc.Receiver{},
	}}, out.EngagementInvitationSummaries, "words, members and receivers that are new survive")
	require.NotEmpty(t, out.ResultMetadata)
}

func TestInvitationsErrors(t *testing.T) {
	for body, text := range map[string]string{`{}`: errNoList, `null`: "no JSON object", `{"EngagementInvitationSummaries":7}`: "EngagementInvitationSummaries"} {
		_, err := newClient(answers(answer(200, body)), noBackoff).ListEngagementInvitations(t.Context(), inbox())
		require.ErrorContains(t, err, text, body)
		require.ErrorContains(t, err, "ListEngagementInvitations")
	}
	_, err := newClient(answers(answer(404, `{"__type":"com.amazonaws.partnercentralselling#ResourceNotFoundException","Message":"no such engagement"}`))).ListEngagementInvitations(t.Context(), inbox())
	var missing *pc.ResourceNotFoundException
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "no such engagement", missing.ErrorMessage())
}

func TestInvitationsCountAsReads(t *testing.T) {
	q := pc.NewQuota()
	_, err := newClient(answers(answer(200, emptyInvitations)), withQuota(q)).ListEngagementInvitations(t.Context(), inbox())
	require.NoError(t, err)
	require.EqualValues(t, 1, q.Stats(pc.QuotaGroupReads).Attempts)
	require.Zero(t, q.Stats(pc.QuotaGroupWrites).Attempts)
}

// invitationPages is a mock of the one method that the paginator needs.
type invitationPages struct {
	next   []string
	inputs []pc.ListEngagementInvitationsInput
}

func (p *invitationPages) ListEngagementInvitations(_ context.Context, in *pc.ListEngagementInvitationsInput, _ ...func(*pc.Options)) (*pc.ListEngagementInvitationsOutput, error) {
	n := len(p.inputs)
	p.inputs = append(p.inputs, *in)
	if p.next[n] == "fail" {
		return nil, errors.New("no page")
	}
	return &pc.ListEngagementInvitationsOutput{
		NextToken: aws.String(p.next[n]), EngagementInvitationSummaries: []pc.EngagementInvitationSummary{{Id: aws.String("engi-" + itoa(n))}},
	}, nil
}

func TestInvitationsPaginator(t *testing.T) {
	mock := &invitationPages{next: []string{"a", "b", ""}}
	var ids []string
	for invitation, err := range pc.NewListEngagementInvitationsPaginator(mock, inbox(), func(o *pc.ListEngagementInvitationsPaginatorOptions) { o.Limit = 7 }).All(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, *invitation.Id)
	}
	require.Equal(t, []string{"engi-0", "engi-1", "engi-2"}, ids)
	require.Nil(t, mock.inputs[0].NextToken)
	require.Equal(t, "b", *mock.inputs[2].NextToken)
	require.EqualValues(t, 7, *mock.inputs[2].MaxResults)
	require.Equal(t, pc.ParticipantTypeReceiver, mock.inputs[2].ParticipantType)

	mock = &invitationPages{next: []string{"a", "fail"}}
	p := pc.NewListEngagementInvitationsPaginator(mock, inbox())
	pages := 0
	var last error
	for _, err := range p.Pages(t.Context()) {
		pages, last = pages+1, err
	}
	require.Equal(t, 2, pages)
	require.ErrorContains(t, last, "no page")
	require.True(t, p.HasMorePages())
	mock.next = append(mock.next, "a")
	_, err := p.NextPage(t.Context())
	require.NoError(t, err)
	_, err = p.NextPage(t.Context())
	require.ErrorContains(t, err, "would never end")
}
