package partnercentralriver

import (
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

func inputs() []partnercentral.StartTaskInput {
	tags := []partnercentral.Tag{{Key: aws.String("team"), Value: aws.String("a\"b\\u0000")}}
	return []partnercentral.StartTaskInput{
		&partnercentral.StartEngagementByAcceptingInvitationTaskInput{
			Catalog: aws.String("AWS"), ClientToken: aws.String("t"), Identifier: aws.String("engi-0000001abc3de"), Tags: tags},
		&partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String("Sandbox"), ClientToken: aws.String("t"), Identifier: aws.String("O1234567"), Tags: tags,
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeForVisibilityOnly, Visibility: partnercentral.VisibilityFull}},
		&partnercentral.StartOpportunityFromEngagementTaskInput{
			Catalog: aws.String("AWS"), ClientToken: aws.String("t"), ContextIdentifier: aws.String("1"), Identifier: aws.String("eng-0123456789abcd"), Tags: tags},
		&partnercentral.StartProspectingFromEngagementTaskInput{
			Catalog: aws.String("AWS"), ClientToken: aws.String("t"), Identifiers: []string{"eng-1", "eng-2"}, TaskName: aws.String("name")},
	}
}

func TestInputsSurviveTheTable(t *testing.T) {
	for _, input := range inputs() {
		text, err := encodeInput(input)
		require.NoError(t, err)
		require.NotContains(t, text, "ClientToken")
		got, err := decodeInput(inputVersion, string(input.Task().Kind), text, "t")
		require.NoError(t, err)
		require.Equal(t, input, got)
		again, err := encodeInput(got)
		require.NoError(t, err)
		require.Equal(t, text, again)
	}
}

// deal is what a program keeps with an input.
type deal struct {
	*partnercentral.StartEngagementFromOpportunityTaskInput
	DealID string
}

type byValue struct {
	DealID string
	partnercentral.StartProspectingFromEngagementTaskInput
}

type twice struct{ deal }

type anyInput struct{ partnercentral.StartTaskInput }

type circle struct {
	*circle
	*partnercentral.StartEngagementFromOpportunityTaskInput
}

func TestWhatEmbedsAnInputIsStoredAsTheInput(t *testing.T) {
	own := inputs()[1].(*partnercentral.StartEngagementFromOpportunityTaskInput)
	prospecting := inputs()[3].(*partnercentral.StartProspectingFromEngagementTaskInput)
	around := &circle{StartEngagementFromOpportunityTaskInput: own}
	around.circle = around
	for _, c := range []struct{ given, want partnercentral.StartTaskInput }{
		{own, own},
		{deal{own, "4711"}, own},
		{&deal{own, "4711"}, own},
		{&byValue{"4711", *prospecting}, prospecting},
		{&twice{deal{own, "4711"}}, own},
		{anyInput{deal{own, "4711"}}, own},
		{around, own},
	} {
		got := ownInput(c.given)
		require.Equal(t, c.want, got)
		text, err := encodeInput(got)
		require.NoError(t, err)
		require.NotContains(t, text, "4711")
		_, err = decodeInput(inputVersion, string(c.want.Task().Kind), text, "t")
		require.NoError(t, err)
	}
	nothing := &circle{}
	nothing.circle = nothing
	for _, input := range []partnercentral.StartTaskInput{nil, (*partnercentral.StartEngagementFromOpportunityTaskInput)(nil), deal{}, (*deal)(nil), &twice{}, anyInput{}, anyInput{deal{}}, nothing} {
		require.Nil(t, ownInput(input))
	}
}

func FuzzDecodeInput(f *testing.F) {
	for _, input := range inputs() {
		text, err := encodeInput(input)
		require.NoError(f, err)
		f.Add(inputVersion, string(input.Task().Kind), text)
	}
	f.Add(2, "EngagementFromOpportunity", `{}`)
	f.Add(1, "Unknown", `{`)
	f.Add(1, "EngagementFromOpportunity", `null {}`)
	f.Fuzz(func(t *testing.T, version int, kind, text string) {
		input, err := decodeInput(version, kind, text, "t")
		if err != nil {
			return
		}
		require.Equal(t, "t", input.Task().ClientToken)
		again, err := encodeInput(input)
		require.NoError(t, err)
		same, err := decodeInput(version, kind, again, "t")
		require.NoError(t, err)
		twice, err := encodeInput(same)
		require.NoError(t, err)
		require.Equal(t, again, twice)
	})
}

func FuzzTaskText(f *testing.F) {
	f.Add("a\x00b", `\u0000`)
	f.Fuzz(func(t *testing.T, message, reason string) {
		text := taskText(partnercentral.Task{Message: message, ReasonCode: partnercentral.ReasonCode(reason)})
		r := record{taskJSON: &text}
		require.NoError(t, r.decodeTask())
		if utf8.ValidString(message) {
			require.Equal(t, plain(message), r.Task.Message)
		}
		require.NotContains(t, r.Task.Message, "\x00")
	})
}
