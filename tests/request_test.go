package tests

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

func TestRequests(t *testing.T) {
	for _, test := range []struct {
		operation string
		answer    string
		call      func(context.Context, *partnercentral.Client) error
		body      string
	}{
		{
			operation: "StartEngagementByAcceptingInvitationTask",
			answer:    startedBody,
			call: func(ctx context.Context, c *partnercentral.Client) error {
				_, err := c.StartEngagementByAcceptingInvitationTask(ctx, &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
					Catalog:     aws.String(partnercentral.CatalogAWS),
					ClientToken: aws.String("0b7c0f0e-1111-4222-8333-444455556666"),
					Identifier:  aws.String("engi-0000001abc3de"),
					Tags:        []partnercentral.Tag{{Key: aws.String("team"), Value: aws.String("")}},
				})
				return err
			},
			body: `{"Catalog":"AWS","ClientToken":"0b7c0f0e-1111-4222-8333-444455556666","Identifier":"engi-0000001abc3de","Tags":[{"Key":"team","Value":""}]}`,
		},
		{
			operation: "StartEngagementFromOpportunityTask",
			answer:    startedBody,
			call: func(ctx context.Context, c *partnercentral.Client) error {
				in := fromOpportunityInput()
				in.ClientToken = aws.String("0b7c0f0e-1111-4222-8333-444455556666")
				_, err := c.StartEngagementFromOpportunityTask(ctx, in)
				return err
			},
			body: `{"AwsSubmission":{"InvolvementType":"Co-Sell","Visibility":"Full"},"Catalog":"Sandbox","ClientToken":"0b7c0f0e-1111-4222-8333-444455556666","Identifier":"O1234567"}`,
		},
		{
			operation: "ListEngagementByAcceptingInvitationTasks",
			answer:    emptyPage,
			call: func(ctx context.Context, c *partnercentral.Client) error {
				_, err := c.ListEngagementByAcceptingInvitationTasks(ctx, &partnercentral.ListEngagementByAcceptingInvitationTasksInput{
					Catalog:                        aws.String(partnercentral.CatalogAWS),
					EngagementInvitationIdentifier: []string{"engi-0000001abc3de", "arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-0000001abc3df"},
					MaxResults:                     aws.Int32(1000),
					NextToken:                      aws.String("next"),
					OpportunityIdentifier:          []string{"O1"},
					Sort:                           &partnercentral.ListTasksSortBase{SortBy: partnercentral.ListTasksSortNameStartTime, SortOrder: partnercentral.SortOrderDescending},
					TaskIdentifier:                 []string{"task-0123456789abc"},
					TaskStatus:                     partnercentral.TaskStatus("").Values(),
				})
				return err
			},
			body: `{"Catalog":"AWS","EngagementInvitationIdentifier":["engi-0000001abc3de","arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-0000001abc3df"],"MaxResults":1000,"NextToken":"next","OpportunityIdentifier":["O1"],"Sort":{"SortBy":"StartTime","SortOrder":"DESCENDING"},"TaskIdentifier":["task-0123456789abc"],"TaskStatus":["IN_PROGRESS","COMPLETE","FAILED"]}`,
		},
		{
			operation: "ListEngagementFromOpportunityTasks",
			answer:    emptyPage,
			call: func(ctx context.Context, c *partnercentral.Client) error {
				_, err := c.ListEngagementFromOpportunityTasks(ctx, &partnercentral.ListEngagementFromOpportunityTasksInput{
					Catalog:               aws.String(partnercentral.CatalogSandbox),
					EngagementIdentifier:  []string{"eng-0123456789abcd"},
					MaxResults:            aws.Int32(1),
					OpportunityIdentifier: []string{"O1", "O2"},
					TaskIdentifier:        []string{"arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/task-0123456789abc"},
				})
				return err
			},
			body: `{"Catalog":"Sandbox","EngagementIdentifier":["eng-0123456789abcd"],"MaxResults":1,"OpportunityIdentifier":["O1","O2"],"TaskIdentifier":["arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/task-0123456789abc"]}`,
		},
	} {
		t.Run(test.operation, func(t *testing.T) {
			t.Parallel()
			tr := answers(answer(200, test.answer))
			require.NoError(t, test.call(context.Background(), newClient(tr)))
			require.Len(t, tr.requests, 1)
			req := tr.requests[0]
			require.Equal(t, test.body, tr.bodies[0], "members in the order of their names, none that is not set")
			require.Equal(t, "POST", req.Method)
			require.Equal(t, "https://partnercentral-selling.us-east-1.api.aws/", req.URL.String())
			require.Equal(t, "application/x-amz-json-1.0", req.Header.Get("Content-Type"))
			require.Equal(t, "AWSPartnerCentralSelling."+test.operation, req.Header.Get("X-Amz-Target"))
			require.EqualValues(t, len(test.body), req.ContentLength)
			require.Equal(t, testSessionToken, req.Header.Get("X-Amz-Security-Token"))
			verifySignature(t, req, tr.bodies[0])
		})
	}
}

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=` + testAccessKey + `/(\d{8})/us-east-1/partnercentral-selling/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

// verifySignature computes the signature of a request anew, from AWS's
// description of Signature Version 4 and nothing of the SDK.
func verifySignature(t *testing.T, req *http.Request, body string) {
	t.Helper()
	m := authorization.FindStringSubmatch(req.Header.Get("Authorization"))
	require.NotNil(t, m, "Authorization: %s", req.Header.Get("Authorization"))
	signed := strings.Split(m[2], ";")
	require.True(t, slices.IsSorted(signed))
	for _, name := range []string{"content-length", "content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"} {
		require.Contains(t, signed, name)
	}
	var canonical strings.Builder
	canonical.WriteString("POST\n/\n\n")
	for _, name := range signed {
		value := req.Header.Get(name)
		switch name {
		case "host":
			value = req.URL.Host
		case "content-length":
			value = req.Header.Get("Content-Length")
			if value == "" {
				value = itoa(len(body))
			}
		}
		canonical.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	canonical.WriteString("\n" + m[2] + "\n" + hexSum(body))
	date := req.Header.Get("X-Amz-Date")
	require.Equal(t, m[1], date[:8])
	toSign := "AWS4-HMAC-SHA256\n" + date + "\n" + m[1] + "/us-east-1/partnercentral-selling/aws4_request\n" + hexSum(canonical.String())
	key := []byte("AWS4" + testSecret)
	for _, part := range []string{m[1], "us-east-1", "partnercentral-selling", "aws4_request", toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	require.Equal(t, hex.EncodeToString(key), m[3], "signature of\n%s", canonical.String())
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestClientTokenIsFilledInPerCallOnACopy(t *testing.T) {
	tr := answers(
		answer(500, `{"__type":"InternalServerException"}`), answer(200, startedBody),
		answer(200, startedBody),
	)
	client := newClient(tr, noBackoff)
	in := fromOpportunityInput()
	before := *in
	for range 2 {
		_, err := client.StartEngagementFromOpportunityTask(context.Background(), in)
		require.NoError(t, err)
	}
	require.Equal(t, before, *in, "the caller's input is never written to")
	require.Len(t, tr.bodies, 3)
	require.Equal(t, tr.bodies[0], tr.bodies[1], "both attempts of a call carry one token")
	require.NotEqual(t, tr.bodies[1], tr.bodies[2], "an input used twice starts two tasks")
	require.Regexp(t, `"ClientToken":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`, tr.bodies[0])
	require.NotEqual(t, tr.requests[0].Header.Get("Amz-Sdk-Request"), tr.requests[1].Header.Get("Amz-Sdk-Request"))
	require.NotEqual(t, tr.requests[0].Header.Get("Authorization"), tr.requests[1].Header.Get("Authorization"), "each attempt is signed anew")

	t.Run("an empty token is refused", func(t *testing.T) {
		tr := answers(answer(200, startedBody))
		in := fromOpportunityInput()
		in.ClientToken = aws.String("")
		_, err := newClient(tr).StartEngagementFromOpportunityTask(context.Background(), in)
		var invalid smithy.InvalidParamsError
		require.ErrorAs(t, err, &invalid)
		require.ErrorContains(t, err, "ClientToken")
		require.ErrorContains(t, err, "leave it nil")
		_, err = partnercentral.NewRunner(newClient(tr)).Run(context.Background(), in)
		require.ErrorIs(t, err, partnercentral.RunNotStarted)
		require.ErrorAs(t, err, &invalid)
		require.Empty(t, tr.bodies, "nothing is sent")
	})
	t.Run("a provider of the caller's", func(t *testing.T) {
		tr := answers(answer(200, startedBody))
		require.NoError(t, call(tr, func(o *partnercentral.Options) { o.IdempotencyTokenProvider = fixedToken("mine") }))
		require.Contains(t, tr.bodies[0], `"ClientToken":"mine"`)
	})
}

type fixedToken string

func (f fixedToken) GetIdempotencyToken() (string, error) { return string(f), nil }
