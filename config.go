package partnercentral

//lint:file-ignore SA1019 a configuration may still have the resolvers that aws.Config deprecates, and is honoured.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/defaults"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/uuid"

	"github.com/cosell-dev/partnercentral-go/internal/endpoint"
	"github.com/cosell-dev/partnercentral-go/internal/fault"
)

// configOptions returns the options that a configuration asks for.
func configOptions(cfg aws.Config) Options {
	o := Options{
		APIOptions:                 cfg.APIOptions,
		AppID:                      cfg.AppID,
		ClientLogMode:              cfg.ClientLogMode,
		Credentials:                cfg.Credentials,
		DefaultsMode:               cfg.DefaultsMode,
		DisableClockSkewCorrection: cfg.DisableClockSkewCorrection,
		HTTPClient:                 cfg.HTTPClient,
		Interceptors:               cfg.Interceptors,
		Logger:                     cfg.Logger,
		Region:                     cfg.Region,
		RetryMaxAttempts:           cfg.RetryMaxAttempts,
		RetryMode:                  cfg.RetryMode,
		RuntimeEnvironment:         cfg.RuntimeEnvironment,
	}
	if cfg.Retryer != nil {
		o.Retryer = cfg.Retryer()
	}
	resolveConfigEndpoint(cfg, &o)
	resolvePseudoRegion(&o)
	if o.Region == "" || endpoint.StandardRegion(o.Region) {
		o.Region = endpoint.ServedRegion
	}
	return o
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
	if noHTTPClient(o.HTTPClient) {
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
	if client, ok := o.HTTPClient.(*http.Client); ok {
		// It would send a redirected Start elsewhere, as a GET and with the session
		// token in its headers.
		own := *client
		own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		o.HTTPClient = &own
	}
	if o.RetryMaxAttempts != 0 && o.RetryMaxAttempts != o.Retryer.MaxAttempts() {
		o.Retryer = retry.AddWithMaxAttempts(o.Retryer, o.RetryMaxAttempts)
	}
	resolvePseudoRegion(&o)
	return o
}

// resolvePseudoRegion takes an old name such as fips-us-east-1 for what it means.
func resolvePseudoRegion(o *Options) {
	if region, ok := endpoint.WithoutFIPS(o.Region); ok {
		o.Region = region
		o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
}

// callOptions returns the options of one call.
func (c *Client) callOptions(optFns []func(*Options)) Options {
	if len(optFns) == 0 {
		return c.options
	}
	o := c.options.Copy()
	for _, fn := range optFns {
		if fn != nil {
			fn(&o)
		}
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

// noHTTPClient reports whether a client is nil, also as a pointer of a type that
// cannot send then.
func noHTTPClient(client HTTPClient) bool {
	switch v := client.(type) {
	case nil:
		return true
	case *http.Client:
		return v == nil
	case *awshttp.BuildableClient:
		return v == nil
	}
	return false
}

func resolveHTTPClient(o Options) HTTPClient {
	var client *awshttp.BuildableClient
	if noHTTPClient(o.HTTPClient) {
		client = awshttp.NewBuildableClient()
	} else if v, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
		client = v
	} else {
		return o.HTTPClient
	}
	if client.GetTransport().MaxIdleConnsPerHost == awshttp.DefaultHTTPTransportMaxIdleConnsPerHost {
		client = client.WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = maxIdleConns })
	}
	if client.GetTransport().OnProxyConnectResponse == nil {
		client = client.WithTransportOptions(func(t *http.Transport) { t.OnProxyConnectResponse = fault.CheckProxy })
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

// configResolverOf returns the resolver that a configuration has, if any.
func configResolverOf(cfg aws.Config) EndpointResolverV2 {
	switch {
	case cfg.EndpointResolverWithOptions != nil:
		return configResolver{func(region string) (aws.Endpoint, error) {
			return cfg.EndpointResolverWithOptions.ResolveEndpoint(ServiceID, region)
		}}
	case cfg.EndpointResolver != nil:
		return configResolver{func(region string) (aws.Endpoint, error) {
			return cfg.EndpointResolver.ResolveEndpoint(ServiceID, region)
		}}
	}
	return nil
}

// configResolver serves the resolvers that aws.Config had before there was a
// base endpoint.
type configResolver struct {
	resolve func(region string) (aws.Endpoint, error)
}

func (r configResolver) ResolveEndpoint(ctx context.Context, params EndpointParameters) (smithyendpoints.Endpoint, error) {
	if params.Endpoint != nil {
		return endpoint.Resolve(endpoint.Parameters(params))
	}
	e, err := r.resolve(aws.ToString(params.Region))
	if notFound := (*aws.EndpointNotFoundError)(nil); errors.As(err, &notFound) {
		return endpoint.Resolve(endpoint.Parameters(params))
	}
	if err != nil {
		return smithyendpoints.Endpoint{}, err
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return smithyendpoints.Endpoint{}, fmt.Errorf("the endpoint resolver of the configuration gave an endpoint that is not an absolute URL")
	}
	var signer smithy.Properties
	if e.SigningName != "" {
		smithyhttp.SetSigV4SigningName(&signer, e.SigningName)
	}
	if e.SigningRegion != "" {
		smithyhttp.SetSigV4SigningRegion(&signer, e.SigningRegion)
	}
	result := smithyendpoints.Endpoint{URI: *u, Headers: http.Header{}}
	smithyauth.SetAuthOptions(&result.Properties, []*smithyauth.Option{{SchemeID: smithyauth.SchemeIDSigV4, SignerProperties: signer}})
	return result, nil
}

func defaultRetryer(o *Options) aws.Retryer {
	mode := o.RetryMode
	if mode == "" {
		if m, err := defaults.GetModeConfiguration(o.resolvedDefaultsMode); err == nil {
			mode = m.RetryMode
		}
	}
	standard := func(so *retry.StandardOptions) {
		if o.RetryMaxAttempts != 0 {
			so.MaxAttempts = o.RetryMaxAttempts
		}
		so.Retryables = retryables()
	}
	if mode == aws.RetryModeAdaptive {
		return retry.NewAdaptiveMode(func(ao *retry.AdaptiveModeOptions) {
			ao.StandardOptions = append(ao.StandardOptions, standard)
		})
	}
	return retry.NewStandard(standard)
}

// retryables are the SDK's, with the service's errors told apart by name before
// the status has a say: the two public descriptions of the service disagree
// about the status of every client error but one.
func retryables() []retry.IsErrorRetryable {
	list := []retry.IsErrorRetryable{
		retry.NoRetryCanceledError{},
		retry.RetryableError{},
		retry.IsErrorRetryableFunc(fault.Retryable),
	}
	return append(list, retry.DefaultRetryables...)
}
