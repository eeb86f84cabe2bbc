package tests

//lint:file-ignore SA1019 the resolvers that aws.Config deprecates are honoured, and tested.

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// start makes one Start with a client of a configuration and returns the
// request.
func start(t *testing.T, cfg aws.Config, optFns ...func(*pc.Options)) (*http.Request, error) {
	t.Helper()
	tr := answers(answer(200, startedBody))
	cfg.HTTPClient = tr
	if cfg.Credentials == nil {
		cfg.Credentials = testCredentials
	}
	_, err := pc.NewFromConfig(cfg, optFns...).StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
	if err != nil {
		require.Empty(t, tr.requests, "nothing is sent")
		return nil, err
	}
	return tr.requests[0], nil
}

func signedRegion(req *http.Request) string {
	return strings.Split(req.Header.Get("Authorization"), "/")[2]
}

// source is a source of a configuration, as config.LoadDefaultConfig makes them.
type source struct {
	endpoint string
	ignore   *bool
	fips     aws.FIPSEndpointState
}

func (s source) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	return s.endpoint, s.endpoint != "" && sdkID == "PartnerCentral Selling", nil
}

func (s source) GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error) {
	return s.ignore != nil && *s.ignore, s.ignore != nil, nil
}

func (s source) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return s.fips, s.fips != aws.FIPSEndpointStateUnset, nil
}

func TestRegionAndEndpoint(t *testing.T) {
	region := func(r string) func(*pc.Options) { return func(o *pc.Options) { o.Region = r } }
	base := func(u string) func(*pc.Options) { return func(o *pc.Options) { o.BaseEndpoint = &u } }
	fips := func(o *pc.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled }
	legacy := func(e aws.Endpoint, err error) aws.EndpointResolverWithOptionsFunc {
		return func(service, region string, _ ...any) (aws.Endpoint, error) {
			if service != pc.ServiceID {
				return aws.Endpoint{}, errors.New("asked for " + service)
			}
			return e, err
		}
	}
	const host = "https://partnercentral-selling.us-east-1.api.aws/"
	for name, test := range map[string]struct {
		cfg    aws.Config
		opts   []func(*pc.Options)
		url    string
		region string
	}{
		"us-east-1":                       {aws.Config{Region: "us-east-1"}, nil, host, "us-east-1"},
		"another standard region":         {aws.Config{Region: "eu-west-1"}, nil, host, "us-east-1"},
		"aws-global":                      {aws.Config{Region: "aws-global"}, nil, host, "us-east-1"},
		"set by an option":                {aws.Config{Region: "eu-west-1"}, []func(*pc.Options){region("ap-south-1")}, "https://partnercentral-selling.ap-south-1.api.aws/", "ap-south-1"},
		"set to the same by an option":    {aws.Config{Region: "eu-west-1"}, []func(*pc.Options){region("eu-west-1")}, "https://partnercentral-selling.eu-west-1.api.aws/", "eu-west-1"},
		"GovCloud":                        {aws.Config{Region: "us-gov-west-1"}, nil, "https://partnercentral-selling.us-gov-west-1.api.aws/", "us-gov-west-1"},
		"China":                           {aws.Config{Region: "cn-northwest-1"}, nil, "https://partnercentral-selling.cn-northwest-1.api.amazonwebservices.com.cn/", "cn-northwest-1"},
		"endpoint of the configuration":   {aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String("http://localhost:1")}, nil, "http://localhost:1/", "us-east-1"},
		"endpoint of an option":           {aws.Config{Region: "eu-west-1"}, []func(*pc.Options){base("http://localhost:2/base/")}, "http://localhost:2/base/", "us-east-1"},
		"endpoint and region of options":  {aws.Config{Region: "eu-west-1"}, []func(*pc.Options){base("http://localhost:2"), region("eu-west-2")}, "http://localhost:2/", "eu-west-2"},
		"no region":                       {aws.Config{}, nil, host, "us-east-1"},
		"endpoint, no region":             {aws.Config{}, []func(*pc.Options){base("http://localhost:1")}, "http://localhost:1/", "us-east-1"},
		"FIPS pseudo region, another":     {aws.Config{Region: "eu-west-1-fips"}, nil, "https://partnercentral-selling-fips.us-east-1.api.aws/", "us-east-1"},
		"endpoint of a profile":           {aws.Config{Region: "eu-west-1", ConfigSources: []any{1, source{endpoint: "http://localhost:3"}}}, nil, "http://localhost:3/", "us-east-1"},
		"first source wins":               {aws.Config{Region: "us-east-1", ConfigSources: []any{source{}, source{endpoint: "http://localhost:3"}, source{endpoint: "http://localhost:4"}}}, nil, "http://localhost:3/", "us-east-1"},
		"profile over the general one":    {aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://localhost:1"), ConfigSources: []any{source{endpoint: "http://localhost:3"}}}, nil, "http://localhost:3/", "us-east-1"},
		"ignored":                         {aws.Config{Region: "eu-west-1", ConfigSources: []any{source{endpoint: "http://localhost:3", ignore: aws.Bool(true)}}}, nil, host, "us-east-1"},
		"not ignored":                     {aws.Config{Region: "us-east-1", ConfigSources: []any{source{endpoint: "http://localhost:3", ignore: aws.Bool(false)}}}, nil, "http://localhost:3/", "us-east-1"},
		"FIPS of an option":               {aws.Config{Region: "us-east-1"}, []func(*pc.Options){fips}, "https://partnercentral-selling-fips.us-east-1.api.aws/", "us-east-1"},
		"FIPS of a source":                {aws.Config{Region: "us-east-1", ConfigSources: []any{source{fips: aws.FIPSEndpointStateEnabled}}}, nil, "https://partnercentral-selling-fips.us-east-1.api.aws/", "us-east-1"},
		"FIPS pseudo region":              {aws.Config{Region: "fips-us-east-1"}, nil, "https://partnercentral-selling-fips.us-east-1.api.aws/", "us-east-1"},
		"no TLS":                          {aws.Config{Region: "us-east-1"}, []func(*pc.Options){func(o *pc.Options) { o.EndpointOptions.DisableHTTPS = true }}, "http://partnercentral-selling.us-east-1.api.aws/", "us-east-1"},
		"user of an endpoint":             {aws.Config{Region: "us-east-1"}, []func(*pc.Options){base("http://user:hunter2@localhost:2")}, "http://localhost:2/", "us-east-1"},
		"resolver of an option":           {aws.Config{Region: "eu-west-1"}, []func(*pc.Options){pc.WithEndpointResolverV2(resolverFunc("http://localhost:5/x"))}, "http://localhost:5/x", "us-east-1"},
		"old resolver of a configuration": {aws.Config{Region: "eu-west-1", EndpointResolverWithOptions: legacy(aws.Endpoint{URL: "http://localhost:6", SigningRegion: "us-west-2"}, nil)}, nil, "http://localhost:6/", "us-west-2"},
		"old resolver that has none":      {aws.Config{Region: "us-east-1", EndpointResolverWithOptions: legacy(aws.Endpoint{}, &aws.EndpointNotFoundError{})}, nil, host, "us-east-1"},
		"service option":                  {aws.Config{Region: "us-east-1", ServiceOptions: []func(string, any){func(id string, o any) { o.(*pc.Options).Region = "eu-west-" + itoa(len(id)) }}}, nil, "https://partnercentral-selling.eu-west-22.api.aws/", "eu-west-22"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := start(t, test.cfg, test.opts...)
			require.NoError(t, err)
			require.Equal(t, test.url, req.URL.String())
			require.Equal(t, test.region, signedRegion(req))
		})
	}
	for name, test := range map[string]struct {
		cfg  aws.Config
		opts []func(*pc.Options)
		want string
	}{
		"region taken away":       {aws.Config{Region: "us-east-1"}, []func(*pc.Options){region("")}, "Invalid Configuration: Missing Region"},
		"FIPS with an endpoint":   {aws.Config{Region: "us-east-1"}, []func(*pc.Options){fips, base("http://localhost:1")}, "Invalid Configuration: FIPS and custom endpoint are not supported"},
		"endpoint that is no URL": {aws.Config{Region: "us-east-1"}, []func(*pc.Options){base("localhost:1")}, "not an absolute http or https URL"},
		"empty endpoint":          {aws.Config{Region: "us-east-1"}, []func(*pc.Options){base("")}, "not an absolute http or https URL"},
		"broken endpoint":         {aws.Config{Region: "us-east-1"}, []func(*pc.Options){base("http://user:hunter2@[::1")}, "not an absolute http or https URL"},
		"region that is no host":  {aws.Config{Region: "us east"}, nil, "invalid input region"},
		"no credentials":          {aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}}, nil, "no credentials"},
		"empty credentials":       {aws.Config{Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, nil })}, nil, "no credentials"},
		"credentials that fail":   {aws.Config{Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("expired sso") })}, nil, "expired sso"},
		"no resolver's answer":    {aws.Config{Region: "us-east-1", EndpointResolverWithOptions: legacy(aws.Endpoint{}, errors.New("resolver down"))}, nil, "resolver down"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := start(t, test.cfg, test.opts...)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "StartEngagementFromOpportunityTask")
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	t.Run("missing region is typed", func(t *testing.T) {
		err := call(answers(answer(200, startedBody)), region(""))
		require.True(t, isA[*aws.MissingRegionError](err))
	})
	// As clients that AWS generates do: an endpoint needs no region.
	for name, endpoint := range map[string]func(*pc.Options){
		"base endpoint": base("http://localhost:1"),
		"resolver":      func(o *pc.Options) { o.EndpointResolverV2 = resolverFunc("http://localhost:1") },
	} {
		t.Run("no region with a "+name, func(t *testing.T) {
			tr := answers(answer(200, startedBody))
			require.NoError(t, call(tr, region(""), endpoint))
			require.Equal(t, "us-east-1", signedRegion(tr.requests[0]))
			tr = answers(answer(200, startedBody))
			_, err := newClient(tr).StartEngagementFromOpportunityTask(t.Context(), submission(1), region(""), endpoint)
			require.NoError(t, err)
			require.Equal(t, "us-east-1", signedRegion(tr.requests[0]))
		})
	}
	t.Run("New takes the region as it is", func(t *testing.T) {
		tr := answers(answer(200, startedBody))
		require.NoError(t, call(tr, region("eu-west-1")))
		require.Equal(t, "partnercentral-selling.eu-west-1.api.aws", tr.requests[0].URL.Host)
	})
	t.Run("New without credentials", func(t *testing.T) {
		require.ErrorContains(t, call(answers(answer(200, startedBody)), func(o *pc.Options) { o.Credentials = nil }), "no credentials")
	})
}

type resolverFunc string

func (u resolverFunc) ResolveEndpoint(context.Context, pc.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return pc.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), pc.EndpointParameters{Endpoint: (*string)(&u)})
}

func TestEnvironmentEndpoint(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://localhost:1")
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://localhost:1"), ConfigSources: []any{source{endpoint: "http://localhost:3"}}}
	req, err := start(t, cfg)
	require.NoError(t, err)
	require.Equal(t, "localhost:1", req.URL.Host, "the environment's general endpoint goes before the profile's")

	t.Setenv("AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING", "http://localhost:3")
	req, err = start(t, cfg)
	require.NoError(t, err)
	require.Equal(t, "localhost:3", req.URL.Host)
}

// A region that is replaced is nobody's mistake.
func TestReplacedRegionIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	logger := logging.NewStandardLogger(&log)
	for _, region := range []string{"", "eu-west-1", "us-east-1"} {
		_, err := start(t, aws.Config{Region: region, Logger: logger})
		require.NoError(t, err)
		require.Empty(t, log.String(), region)
	}
}

// Option functions and service options see us-east-1, and run once.
func TestOptionFunctionsRunOnce(t *testing.T) {
	for _, endpoint := range []*string{nil, aws.String("http://localhost:1")} {
		var seen []string
		note := func(o *pc.Options) { seen = append(seen, o.Region) }
		client := pc.NewFromConfig(aws.Config{
			Region: "eu-west-1", BaseEndpoint: endpoint, Credentials: testCredentials, HTTPClient: answers(answer(200, startedBody)),
			ServiceOptions: []func(string, any){func(_ string, o any) { note(o.(*pc.Options)) }},
		}, note)
		_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
		require.NoError(t, err)
		require.Equal(t, []string{"us-east-1", "us-east-1"}, seen)
	}
}

func TestConfigIsHonoured(t *testing.T) {
	var calls []string
	note := func(s string) func(*middleware.Stack) error {
		return func(*middleware.Stack) error { calls = append(calls, s); return nil }
	}
	req, err := start(t, aws.Config{
		Region: "us-east-1", AppID: "crm", APIOptions: []func(*middleware.Stack) error{note("config")},
		Interceptors: smithyhttp.InterceptorRegistry{AfterSerialization: []smithyhttp.AfterSerializationInterceptor{addHeader{}}},
	}, pc.WithAPIOptions(note("option")))
	require.NoError(t, err)
	require.Contains(t, req.Header.Get("User-Agent"), "app/crm")
	require.Contains(t, req.Header.Get("User-Agent"), "api/partnercentralselling#")
	require.Equal(t, "yes", req.Header.Get("Intercepted"))
	require.Equal(t, []string{"config", "option"}, calls)

	for name, test := range map[string]struct {
		cfg      aws.Config
		call     []func(*pc.Options)
		attempts int
	}{
		"default":               {aws.Config{}, nil, 3},
		"attempts":              {aws.Config{RetryMaxAttempts: 5}, nil, 5},
		"attempts of the call":  {aws.Config{RetryMaxAttempts: 5}, []func(*pc.Options){func(o *pc.Options) { o.RetryMaxAttempts = 2 }}, 2},
		"adaptive":              {aws.Config{RetryMode: aws.RetryModeAdaptive, RetryMaxAttempts: 4}, nil, 4},
		"retryer":               {aws.Config{Retryer: func() aws.Retryer { return aws.NopRetryer{} }}, nil, 1},
		"nil retryer of a call": {aws.Config{}, []func(*pc.Options){func(o *pc.Options) { o.Retryer = nil }}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := answers(answer(503, ""))
				test.cfg.Region, test.cfg.Credentials, test.cfg.HTTPClient = "us-east-1", testCredentials, tr
				client := pc.NewFromConfig(test.cfg)
				_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput(), test.call...)
				require.Error(t, err)
				require.Len(t, tr.requests, test.attempts)
				tr.requests = nil
				_, err = client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput(), test.call...)
				require.Error(t, err)
				require.Len(t, tr.requests, test.attempts)
			})
		})
	}
}

type addHeader struct{}

func (addHeader) AfterSerialization(_ context.Context, in *smithyhttp.InterceptorContext) error {
	in.Request.Header.Set("Intercepted", "yes")
	return nil
}

func TestOptionsAreACopy(t *testing.T) {
	client := newClient(answers(answer(200, startedBody)), pc.WithAPIOptions(func(*middleware.Stack) error { return nil }))
	o := client.Options()
	o.APIOptions[0] = nil
	o.Region = "x"
	require.NotNil(t, client.Options().APIOptions[0])
	require.Equal(t, "us-east-1", client.Options().Region)
	require.NotNil(t, client.Options().Retryer)
}

// The default client must wait for a Start that takes long.
func TestDefaultHTTPClientHasNoDeadline(t *testing.T) {
	client, ok := pc.New(pc.Options{}).Options().HTTPClient.(interface {
		GetTransport() *http.Transport
		GetTimeout() time.Duration
	})
	require.True(t, ok)
	require.Zero(t, client.GetTimeout())
	require.Zero(t, client.GetTransport().ResponseHeaderTimeout)
}

// The middlewares of a client that AWS generates, by step and in their order.
func TestMiddlewareIDs(t *testing.T) {
	want := map[bool][]string{
		false: {
			"OperationIdempotencyTokenAutoFill", "OperationInputValidation",
			"setOperationInput", "ResolveEndpoint", "OperationSerializer",
			"ClientRequestID", "UserAgent", "RecursionDetection",
			"InterceptBeforeRetryLoop", "Retry", "InterceptAttempt", "ResolveAuthScheme", "GetIdentity", "ResolveEndpointV2",
			"disableHTTPS", "ComputePayloadHash", "setLegacyContextSigningOptions", "Signing",
			"AddRawResponseToMetadata", "ResponseErrorWrapper", "RequestIDRetriever", "OperationDeserializer", "RecordResponseTiming", "RequestResponseLogger",
		},
		true: {
			"InterceptExecution", "OperationIdempotencyTokenAutoFill", "OperationInputValidation",
			"setOperationInput", "ResolveEndpoint", "InterceptBeforeSerialization", "OperationSerializer", "InterceptAfterSerialization",
			"ClientRequestID", "UserAgent", "RecursionDetection",
			"InterceptBeforeRetryLoop", "Retry", "InterceptAttempt", "ResolveAuthScheme", "GetIdentity", "ResolveEndpointV2",
			"disableHTTPS", "ComputePayloadHash", "setLegacyContextSigningOptions", "InterceptBeforeSigning", "Signing", "InterceptAfterSigning",
			"AddRawResponseToMetadata", "ResponseErrorWrapper", "RequestIDRetriever", "InterceptAfterDeserialization", "OperationDeserializer", "InterceptBeforeDeserialization", "RecordResponseTiming", "RequestResponseLogger", "InterceptTransmit",
		},
	}
	for intercepted, ids := range want {
		var got []string
		err := call(answers(answer(200, startedBody)), func(o *pc.Options) {
			if intercepted {
				o.Interceptors.AfterSerialization = append(o.Interceptors.AfterSerialization, addHeader{})
			}
			o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
				got = slices.Concat(s.Initialize.List(), s.Serialize.List(), s.Build.List(), s.Finalize.List(), s.Deserialize.List())
				return nil
			})
		})
		require.NoError(t, err)
		require.Equal(t, ids, got)
	}
}

func TestMiddlewareErrorsAreReturned(t *testing.T) {
	broken := errors.New("broken option")
	err := call(answers(answer(200, startedBody)), pc.WithAPIOptions(func(*middleware.Stack) error { return broken }))
	require.ErrorIs(t, err, broken)
	err = call(answers(answer(200, startedBody)), pc.WithAPIOptions(func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("answer", func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (out middleware.InitializeOutput, md middleware.Metadata, err error) {
			out.Result = "of another type"
			return out, md, nil
		}), middleware.Before)
	}))
	require.ErrorContains(t, err, "a middleware returned a result of type string")
}

func TestClockSkewIsCorrectedOnTheSecondAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const skew = 3 * time.Hour
		var refused atomic.Int32
		service := func(req *http.Request) (*http.Response, error) {
			now := time.Now().Add(skew)
			signed, err := time.Parse("20060102T150405Z", req.Header.Get("X-Amz-Date"))
			require.NoError(t, err)
			date := now.UTC().Format(http.TimeFormat)
			if now.Sub(signed).Abs() > 5*time.Minute {
				refused.Add(1)
				return answer(403, `{"__type":"InvalidSignatureException","message":"Signature expired"}`, "Date", date)(req)
			}
			return answer(200, startedBody, "Date", date)(req)
		}
		tr := answers(service)
		client := newClient(tr)
		for range 2 {
			_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
			require.NoError(t, err)
		}
		require.EqualValues(t, 1, refused.Load(), "the second call knows the skew from the start")
		require.Equal(t, tr.bodies[0], tr.bodies[1])

		refused.Store(0)
		err := call(answers(service), func(o *pc.Options) { o.DisableClockSkewCorrection = true })
		require.ErrorContains(t, err, "InvalidSignatureException")
		require.EqualValues(t, 1, refused.Load())
	})
}

func TestCredentialsAreRetrievedPerAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		tr := answers(answer(500, ""), answer(200, startedBody))
		require.NoError(t, call(tr, func(o *pc.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				n++
				return aws.Credentials{AccessKeyID: "AKID" + itoa(n), SecretAccessKey: "s"}, nil
			})
		}))
		require.Contains(t, tr.requests[0].Header.Get("Authorization"), "Credential=AKID1/")
		require.Contains(t, tr.requests[1].Header.Get("Authorization"), "Credential=AKID2/")
		require.Empty(t, tr.requests[1].Header.Get("X-Amz-Security-Token"))
	})
}

func TestSignerOfTheCaller(t *testing.T) {
	signer := &countingSigner{Signer: v4.NewSigner()}
	require.NoError(t, call(answers(answer(200, startedBody)), func(o *pc.Options) { o.HTTPSignerV4 = signer }))
	require.Equal(t, 1, signer.n)
}

type countingSigner struct {
	*v4.Signer
	n int
}

func (s *countingSigner) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, at time.Time, fns ...func(*v4.SignerOptions)) error {
	s.n++
	return s.Signer.SignHTTP(ctx, c, r, hash, service, region, at, fns...)
}

func TestLogModes(t *testing.T) {
	var log bytes.Buffer
	tr := answers(answer(500, ""), answer(200, startedBody))
	require.NoError(t, call(tr, noBackoff, func(o *pc.Options) {
		o.Logger = logging.NewStandardLogger(&log)
		o.ClientLogMode = aws.LogRetries | aws.LogResponseWithBody
	}))
	require.Contains(t, log.String(), "retrying request PartnerCentral Selling/StartEngagementFromOpportunityTask, attempt 2")
	require.Contains(t, log.String(), "task-0123456789abc")
	require.NotContains(t, log.String(), testSecret)
}

func TestCallsOfOneClientAreConcurrent(t *testing.T) {
	tr := answers(answer(200, startedBody))
	client := newClient(tr, func(o *pc.Options) { o.Retryer = retry.NewStandard() })
	done := make(chan error)
	for i := range 64 {
		go func() {
			var opts []func(*pc.Options)
			if i%2 == 0 {
				opts = append(opts, func(o *pc.Options) { o.AppID = "even" })
			}
			_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput(), opts...)
			done <- err
		}()
	}
	for range 64 {
		require.NoError(t, <-done)
	}
	seen := map[string]bool{}
	for _, body := range tr.bodies {
		require.False(t, seen[body], "a token twice")
		seen[body] = true
	}
}

// A nil option function does nothing, wherever it stands.
func TestNilOptionFunctions(t *testing.T) {
	tr := answers(answer(200, startedBody))
	client := newClient(tr, nil)
	_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput(), nil)
	require.NoError(t, err)
	require.NotNil(t, pc.NewFromConfig(aws.Config{ServiceOptions: []func(string, any){nil}}, nil))
	require.NotNil(t, pc.NewQuota(nil))
	waiter := pc.NewTaskWaiter(client, nil)
	_, err = waiter.Wait(context.Background(), pc.Task{Kind: pc.TaskKindEngagementFromOpportunity, Status: pc.TaskStatusComplete}, time.Hour, nil)
	require.NoError(t, err)
	require.NotNil(t, pc.NewRunner(client, nil))
}
