package tests

//lint:file-ignore SA1019 middlewares may set the signing name and region.

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

func TestDefaultsModeSetsTimeouts(t *testing.T) {
	type buildable interface {
		GetTransport() *http.Transport
		GetDialer() *net.Dialer
	}
	for mode, timeout := range map[aws.DefaultsMode]time.Duration{
		aws.DefaultsModeInRegion: 1100 * time.Millisecond,
		aws.DefaultsModeMobile:   30 * time.Second,
	} {
		client := pc.New(pc.Options{Region: "us-east-1", DefaultsMode: mode}).Options().HTTPClient.(buildable)
		require.Equal(t, timeout, client.GetDialer().Timeout, mode)
		require.Equal(t, timeout, client.GetTransport().TLSHandshakeTimeout, mode)
	}

	mine := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 3 })
	client := pc.New(pc.Options{Region: "us-east-1", DefaultsMode: aws.DefaultsModeInRegion, HTTPClient: mine}).Options().HTTPClient.(buildable)
	require.Equal(t, 3, client.GetTransport().MaxIdleConnsPerHost, "a client of the caller's keeps its settings")
	require.Equal(t, 1100*time.Millisecond, client.GetDialer().Timeout)

	auto := pc.New(pc.Options{Region: "us-east-1", DefaultsMode: aws.DefaultsModeAuto, RuntimeEnvironment: aws.RuntimeEnvironment{
		EnvironmentIdentifier: aws.ExecutionEnvironmentID("AWS_Lambda_go1.x"), Region: "us-east-1",
	}}).Options().HTTPClient.(buildable)
	require.Equal(t, 1100*time.Millisecond, auto.GetDialer().Timeout)
}

// A nil pointer of a type that cannot send then is no client.
func TestNilHTTPClients(t *testing.T) {
	t.Parallel()
	for _, none := range []pc.HTTPClient{(*http.Client)(nil), (*awshttp.BuildableClient)(nil)} {
		client := pc.New(pc.Options{Region: "us-east-1", HTTPClient: none})
		require.IsType(t, new(awshttp.BuildableClient), client.Options().HTTPClient)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := client.StartEngagementFromOpportunityTask(ctx, fromOpportunityInput(), func(o *pc.Options) { o.HTTPClient = none })
		require.Error(t, err)
	}
}

func TestCallsShareTheHTTPClient(t *testing.T) {
	client := pc.New(pc.Options{Region: "us-east-1"})
	before := client.Options().HTTPClient
	require.Same(t, before, client.Options().HTTPClient, "a client made anew would have connections of its own")
}

func TestSigningNameOfTheCaller(t *testing.T) {
	tr := answers(answer(200, startedBody))
	require.NoError(t, call(tr, pc.WithAPIOptions(onInitialize("signer", func(ctx context.Context, in initIn, next initNext) (initOut, middleware.Metadata, error) {
		return next.HandleInitialize(awsmiddleware.SetSigningRegion(awsmiddleware.SetSigningName(ctx, "another"), "us-west-2"), in)
	}))))
	require.Contains(t, tr.requests[0].Header.Get("Authorization"), "/us-west-2/another/aws4_request")
}

func TestTokenProviderThatFails(t *testing.T) {
	tr := answers(answer(200, startedBody))
	err := call(tr, func(o *pc.Options) { o.IdempotencyTokenProvider = noToken{} })
	require.ErrorContains(t, err, "get idempotency token: no entropy")
	err = call(tr, func(o *pc.Options) { o.IdempotencyTokenProvider = fixedToken("") })
	require.ErrorContains(t, err, "the IdempotencyTokenProvider has given an empty one")
	require.Empty(t, tr.requests)
}

type noToken struct{}

func (noToken) GetIdempotencyToken() (string, error) { return "", errors.New("no entropy") }
