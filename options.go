package partnercentral

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cosell-dev/partnercentral-go/internal/endpoint"
)

// HTTPClient sends a request. *http.Client is one.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// HTTPSignerV4 signs a request with Signature Version 4.
type HTTPSignerV4 interface {
	SignHTTP(ctx context.Context, credentials aws.Credentials, r *http.Request, payloadHash string, service string, region string, signingTime time.Time, optFns ...func(*v4.SignerOptions)) error
}

// IdempotencyTokenProvider makes client tokens.
type IdempotencyTokenProvider interface {
	GetIdempotencyToken() (string, error)
}

// Options configure a Client. The zero value of each member is usable, but
// Region and Credentials have no default in New; NewFromConfig takes them from
// an aws.Config.
type Options struct {
	// Functions that change the middleware stack of a call. They run for each call,
	// on a stack that is assembled for that call. A client without any assembles
	// its middlewares once, which makes its calls about a third cheaper.
	APIOptions []func(*middleware.Stack) error

	// An application id that is appended to the User-Agent header.
	AppID string

	// An endpoint to use in place of the one that the rules give, an absolute
	// http or https URL. Not together with FIPS.
	BaseEndpoint *string

	// Which events of a call are logged. Default none. Logging signatures,
	// requests or bodies writes secrets to the log.
	ClientLogMode aws.ClientLogMode

	// The credentials to sign with. Anonymous calls are refused.
	Credentials aws.CredentialsProvider

	// The mode that defaults for retries and timeouts come from. Default legacy.
	DefaultsMode aws.DefaultsMode

	// Whether to sign with the local clock even when the service has shown
	// another time.
	DisableClockSkewCorrection bool

	// Choices for the endpoint that the rules give.
	EndpointOptions EndpointResolverOptions

	// Resolves the endpoint of a call. Default NewDefaultEndpointResolverV2.
	EndpointResolverV2 EndpointResolverV2

	// The client to send requests with. The default, of aws/transport/http,
	// waits for an answer as long as the call's context allows: the answer to
	// a Start may take 30 seconds.
	//
	// All calls go to one host, so up to 100 connections are kept for the next
	// calls. A *BuildableClient of aws/transport/http, such as
	// config.LoadDefaultConfig sets, is copied with that number if it has the
	// SDK's default of 10 a host, with which more than 10 concurrent calls open
	// connections all the time. Any other number is kept, and so is a client that
	// its Freeze method returned.
	HTTPClient HTTPClient

	// The signer. Default that of aws/signer/v4.
	HTTPSignerV4 HTTPSignerV4

	// Makes the ClientToken of an input that has none, once per call. Default a
	// random UUID.
	IdempotencyTokenProvider IdempotencyTokenProvider

	// Interceptors of each call.
	Interceptors smithyhttp.InterceptorRegistry

	// Where log lines go. Default nowhere.
	Logger logging.Logger

	// Where measurements go. Default nowhere.
	MeterProvider metrics.MeterProvider

	// Paces the calls to the account's quota, every attempt counted. Default nil,
	// no pacing. Clients that call for one account share one by having the same
	// *Quota here.
	Quota *Quota

	// The region to sign for and to derive the endpoint from. The service is
	// served from us-east-1 alone. See NewFromConfig for regions that come from
	// a shared configuration; New takes the region as it is.
	Region string

	// The most attempts of a call. 0 leaves the retryer's own number, by default
	// 3. In an option function of one call it applies to that call.
	RetryMaxAttempts int

	// The kind of the default retryer. Default standard. Ignored when Retryer is
	// set, and by calls.
	RetryMode aws.RetryMode

	// Decides which errors are retried and when. The default, standard or
	// adaptive as RetryMode says, retries throttling, faults of the service,
	// broken answers and connections, classified by the name of the error.
	Retryer aws.Retryer

	// What config.LoadDefaultConfig found of the environment, for DefaultsMode
	// auto.
	RuntimeEnvironment aws.RuntimeEnvironment

	// Where spans go. Default nowhere.
	TracerProvider tracing.TracerProvider

	// DefaultsMode with auto resolved.
	resolvedDefaultsMode aws.DefaultsMode
}

// Copy returns a copy whose lists can be changed without a change to o's.
func (o Options) Copy() Options {
	to := o
	to.APIOptions = append([]func(*middleware.Stack) error(nil), o.APIOptions...)
	to.Interceptors = o.Interceptors.Copy()
	return to
}

// EndpointResolverOptions are choices for the endpoint that the rules give.
type EndpointResolverOptions struct {
	// Whether to send requests without TLS.
	DisableHTTPS bool

	// Whether to use the FIPS endpoint. The rules have one; whether its host
	// answers is not documented. An error together with a custom endpoint.
	UseFIPSEndpoint aws.FIPSEndpointState
}

// EndpointParameters are what an endpoint is resolved from.
type EndpointParameters struct {
	// The region, such as us-east-1. Required unless Endpoint is set.
	Region *string

	// Whether to use the FIPS endpoint. nil means false.
	UseFIPS *bool

	// A custom endpoint, which wins over Region.
	Endpoint *string
}

// EndpointResolverV2 resolves the endpoint of a call. It must be safe for
// concurrent use.
type EndpointResolverV2 interface {
	ResolveEndpoint(ctx context.Context, params EndpointParameters) (smithyendpoints.Endpoint, error)
}

// NewDefaultEndpointResolverV2 returns the endpoint rules of the service:
// partnercentral-selling.{region}.api.aws, with the suffix of the region's
// partition, or the custom endpoint.
func NewDefaultEndpointResolverV2() EndpointResolverV2 { return endpointRules{} }

type endpointRules struct{}

func (endpointRules) ResolveEndpoint(_ context.Context, params EndpointParameters) (smithyendpoints.Endpoint, error) {
	return endpoint.Resolve(endpoint.Parameters(params))
}

// endpointFunc returns the function that resolves the endpoint of an attempt. The
// rules give the same endpoint for the same options, so it is resolved once.
func endpointFunc(o *Options) func(context.Context) (smithyendpoints.Endpoint, error) {
	params := EndpointParameters{
		UseFIPS:  aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint: o.BaseEndpoint,
	}
	if o.Region != "" {
		params.Region = &o.Region
	}
	resolver := o.EndpointResolverV2
	if _, ok := resolver.(endpointRules); ok {
		e, err := resolver.ResolveEndpoint(context.Background(), params)
		return func(context.Context) (smithyendpoints.Endpoint, error) { return e, err }
	}
	return func(ctx context.Context) (smithyendpoints.Endpoint, error) {
		return resolver.ResolveEndpoint(ctx, params)
	}
}

// WithAPIOptions returns an option function that appends to
// Options.APIOptions.
func WithAPIOptions(optFns ...func(*middleware.Stack) error) func(*Options) {
	return func(o *Options) { o.APIOptions = append(o.APIOptions, optFns...) }
}

// WithEndpointResolverV2 returns an option function that sets
// Options.EndpointResolverV2.
func WithEndpointResolverV2(v EndpointResolverV2) func(*Options) {
	return func(o *Options) { o.EndpointResolverV2 = v }
}
