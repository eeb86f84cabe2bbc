package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

// The tests of this package talk to a transport of their own, so that they say
// byte by byte what goes over the wire.

const (
	testAccessKey    = "AKIDEXAMPLE"
	testSecret       = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	testSessionToken = "session-token-that-is-a-secret"
)

var testCredentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: testAccessKey, SecretAccessKey: testSecret, SessionToken: testSessionToken}, nil
})

// transport answers requests from a list; the last answer is repeated.
type transport struct {
	answers []func(*http.Request) (*http.Response, error)

	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func (tr *transport) Do(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	tr.mu.Lock()
	n := len(tr.requests)
	tr.requests = append(tr.requests, req)
	tr.bodies = append(tr.bodies, string(body))
	tr.mu.Unlock()
	return tr.answers[min(n, len(tr.answers)-1)](req)
}

func answers(fns ...func(*http.Request) (*http.Response, error)) *transport {
	return &transport{answers: fns}
}

// answer is an answer with a status and a body; header pairs follow.
func answer(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		h := http.Header{}
		h.Set("X-Amzn-Requestid", "request-1")
		h.Set("Content-Type", "application/x-amz-json-1.0")
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: h, ContentLength: int64(len(body)), Request: req,
			Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1,
		}, nil
	}
}

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// newClient returns a client whose requests go to tr.
func newClient(tr *transport, optFns ...func(*partnercentral.Options)) *partnercentral.Client {
	return partnercentral.New(partnercentral.Options{
		Region: "us-east-1", Credentials: testCredentials, HTTPClient: tr,
	}, optFns...)
}

const (
	startedBody = `{"TaskId":"task-0123456789abc","TaskStatus":"IN_PROGRESS"}`
	emptyPage   = `{"NextToken":null,"TaskSummaries":[]}`
)

func fromOpportunityInput() *partnercentral.StartEngagementFromOpportunityTaskInput {
	return &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell, Visibility: partnercentral.VisibilityFull},
	}
}

// call starts a task from an opportunity and returns the error.
func call(tr *transport, optFns ...func(*partnercentral.Options)) error {
	_, err := newClient(tr, optFns...).StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
	return err
}

type recordedAnswer struct {
	Operation string
	Status    int
	RequestID string `json:"request_id"`
	Body      string
}

func recordedAnswers(t testing.TB) []recordedAnswer {
	raw, err := os.ReadFile("../testdata/recorded-answers.json")
	require.NoError(t, err)
	var file struct{ Answers []recordedAnswer }
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Answers)
	return file.Answers
}
