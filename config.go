package partnercentral

import (
	"context"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/defaults"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	"github.com/google/uuid"

	"github.com/cosell-dev/partnercentral-go/internal/endpoint"
)

// NewFromConfig returns a client with the options of a configuration, as
// config.LoadDefaultConfig gives it: credentials, region, retries, HTTP client,
// logger, interceptors, service options, and the endpoint that the environment
// or the profile sets for this service (AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING,
// AWS_ENDPOINT_URL, endpoint_url, and the flags that ignore them or ask for
// FIPS).
//
// The service is served from us-east-1 alone, and a shared configuration is
// written for other services too. So a region of the standard partition that
// comes from cfg is replaced by us-east-1, with one debug line to the logger. A
// region that an option function sets is obeyed, and an explicit endpoint
// leaves the region as it is. To see the endpoint set by an option function,
// the functions may run twice, each time on options of its own.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	build := func(region string) Options {
		o := Options{
			APIOptions:                 cfg.APIOptions,
			AppID:                      cfg.AppID,
			ClientLogMode:              cfg.ClientLogMode,
			Credentials:                cfg.Credentials,
			DefaultsMode:               cfg.DefaultsMode,
			DisableClockSkewCorrection: cfg.DisableClockSkewCorrection,
			HTTPClient:                 cfg.HTTPClient,
			Interceptors:               cfg.Interceptors.Copy(),
			Logger:                     cfg.Logger,
			Region:                     region,
			RetryMaxAttempts:           cfg.RetryMaxAttempts,
			RetryMode:                  cfg.RetryMode,
			RuntimeEnvironment:         cfg.RuntimeEnvironment,
		}
		if cfg.Retryer != nil {
			o.Retryer = cfg.Retryer()
		}
		resolveConfigEndpoint(cfg, &o)
		o = resolveDefaults(o.Copy())
		for _, fn := range cfg.ServiceOptions {
			fn(ServiceID, &o)
		}
		for _, fn := range optFns {
			fn(&o)
		}
		return o
	}
	if cfg.Region == endpoint.ServedRegion || !endpoint.StandardRegion(cfg.Region) {
		return newClient(build(cfg.Region), new(atomic.Int64))
	}
	o := build(endpoint.ServedRegion)
	if hasExplicitEndpoint(o) {
		return newClient(build(cfg.Region), new(atomic.Int64))
	}
	if o.Region == endpoint.ServedRegion {
		o.Logger.Logf(logging.Debug, "%s is served from %s only: using it in place of the configured region %s", ServiceID, endpoint.ServedRegion, cfg.Region)
	}
	return newClient(o, new(atomic.Int64))
}

func hasExplicitEndpoint(o Options) bool {
	_, rules := o.EndpointResolverV2.(endpointRules)
	return o.BaseEndpoint != nil || !rules
}

// resolveConfigEndpoint takes endpoint and FIPS from where a configuration may
// have them, in the order of the AWS SDKs.
func resolveConfigEndpoint(cfg aws.Config, o *Options) {
	ctx := context.Background()
	if fips, ok := firstSource(cfg.ConfigSources, func(p interface {
		GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
	}) (aws.FIPSEndpointState, bool, error) {
		return p.GetUseFIPSEndpoint(ctx)
	}); ok {
		o.EndpointOptions.UseFIPSEndpoint = fips
	}
	if r := configResolverOf(cfg); r != nil {
		o.EndpointResolverV2 = r
	}
	o.BaseEndpoint = cfg.BaseEndpoint
	_, global := os.LookupEnv("AWS_ENDPOINT_URL")
	_, service := os.LookupEnv("AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING")
	if global && !service {
		// The environment's general endpoint, already in cfg.BaseEndpoint, goes
		// before the profile's for this service.
		return
	}
	if ignore, ok := firstSource(cfg.ConfigSources, func(p interface {
		GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
	}) (bool, bool, error) {
		return p.GetIgnoreConfiguredEndpoints(ctx)
	}); ok && ignore {
		return
	}
	if u, ok := firstSource(cfg.ConfigSources, func(p interface {
		GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
	}) (string, bool, error) {
		return p.GetServiceBaseEndpoint(ctx, ServiceID)
	}); ok {
		o.BaseEndpoint = &u
	}
}

// firstSource asks the sources of a configuration in turn and takes the first
// answer.
func firstSource[P, V any](sources []any, get func(P) (V, bool, error)) (V, bool) {
	for _, source := range sources {
		if p, ok := source.(P); ok {
			if v, found, err := get(p); err != nil || found {
				return v, found && err == nil
			}
		}
	}
	var zero V
	return zero, false
}

// resolveDefaults fills in what option functions are to find.
func resolveDefaults(o Options) Options {
	if o.resolvedDefaultsMode == "" {
		var mode aws.DefaultsMode
		mode.SetFromString(string(o.DefaultsMode))
		if mode == aws.DefaultsModeAuto {
			mode = defaults.ResolveDefaultsModeAuto(o.Region, o.RuntimeEnvironment)
		}
		o.resolvedDefaultsMode = mode
	}
	// Once: a client that is configured anew has connections of its own.
	o.HTTPClient = resolveHTTPClient(o)
	return fillNil(o)
}

// fillNil gives a default to every member that must not be nil.
func fillNil(o Options) Options {
	if o.Logger == nil {
		o.Logger = logging.Nop{}
	}
	if o.Retryer == nil {
		o.Retryer = defaultRetryer(&o)
	}
	if o.HTTPClient == nil {
		o.HTTPClient = resolveHTTPClient(o)
	}
	if o.HTTPSignerV4 == nil {
		o.HTTPSignerV4 = v4.NewSigner()
	}
	if o.EndpointResolverV2 == nil {
		o.EndpointResolverV2 = NewDefaultEndpointResolverV2()
	}
	if o.IdempotencyTokenProvider == nil {
		o.IdempotencyTokenProvider = uuidTokens{}
	}
	if o.TracerProvider == nil {
		o.TracerProvider = &tracing.NopTracerProvider{}
	}
	if o.MeterProvider == nil {
		o.MeterProvider = metrics.NopMeterProvider{}
	}
	return o
}

// finalize applies what option functions have set, at construction and anew for
// a call.
func finalize(o Options) Options {
	// An option function may have set some of them to nil.
	o = fillNil(o)
	if o.RetryMaxAttempts != 0 && o.RetryMaxAttempts != o.Retryer.MaxAttempts() {
		o.Retryer = retry.AddWithMaxAttempts(o.Retryer, o.RetryMaxAttempts)
	}
	if region, ok := endpoint.WithoutFIPS(o.Region); ok {
		o.Region = region
		o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	return o
}

// callOptions returns the options of one call.
func (c *Client) callOptions(optFns []func(*Options)) Options {
	if len(optFns) == 0 {
		return c.options
	}
	o := c.options.Copy()
	for _, fn := range optFns {
		fn(&o)
	}
	if o.RetryMaxAttempts == c.options.RetryMaxAttempts {
		// The client's retryer has this number already.
		o.RetryMaxAttempts = 0
	}
	return finalize(o)
}

// maxIdleConns is how many connections wait for the next request. All calls go to
// one host, so it gets what the SDK allows all hosts together.
const maxIdleConns = 100

func resolveHTTPClient(o Options) HTTPClient {
	var client *awshttp.BuildableClient
	switch v := o.HTTPClient.(type) {
	case nil:
		client = awshttp.NewBuildableClient()
	case *awshttp.BuildableClient:
		client = v
	default:
		return v
	}
	if client.GetTransport().MaxIdleConnsPerHost == awshttp.DefaultHTTPTransportMaxIdleConnsPerHost {
		client = client.WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = maxIdleConns })
	}
	mode, err := defaults.GetModeConfiguration(o.resolvedDefaultsMode)
	if err != nil {
		return client
	}
	if timeout, ok := mode.GetConnectTimeout(); ok {
		client = client.WithDialerOptions(func(d *net.Dialer) { d.Timeout = timeout })
	}
	if timeout, ok := mode.GetTLSNegotiationTimeout(); ok {
		client = client.WithTransportOptions(func(t *http.Transport) { t.TLSHandshakeTimeout = timeout })
	}
	return client
}

// uuidTokens are random UUIDs.
type uuidTokens struct{}

func (uuidTokens) GetIdempotencyToken() (string, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return "", err
	}
	return id.String(), nil
}
