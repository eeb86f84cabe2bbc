package partnercentral

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"github.com/cosell-dev/partnercentral-go/internal/endpoint"
)

// EndpointResolverOptions are choices for the endpoint that the rules give.
type EndpointResolverOptions struct {
	// Whether to send requests without TLS.
	DisableHTTPS bool

	// Whether to use the FIPS endpoint. The rules have one; whether its host
	// answers is not documented. An error together with a custom endpoint.
	UseFIPSEndpoint aws.FIPSEndpointState
}

// EndpointParameters are what an endpoint is resolved from.
type EndpointParameters = endpoint.Parameters

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
	return endpoint.Resolve(params)
}

// endpointFunc returns what resolves the endpoint of an attempt. The rules always
// give the same for the same options.
func endpointFunc(o *Options) func(context.Context) (smithyendpoints.Endpoint, error) {
	if _, ok := o.EndpointResolverV2.(endpointRules); ok {
		e, err := endpointOf(context.Background(), o)
		return func(context.Context) (smithyendpoints.Endpoint, error) { return e, err }
	}
	return func(ctx context.Context) (smithyendpoints.Endpoint, error) { return endpointOf(ctx, o) }
}

// endpointOf resolves the endpoint that the options of a call ask for.
func endpointOf(ctx context.Context, o *Options) (smithyendpoints.Endpoint, error) {
	if o.EndpointResolverV2 == nil {
		return smithyendpoints.Endpoint{}, errors.New("expected endpoint resolver to not be nil")
	}
	params := EndpointParameters{
		UseFIPS:  aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint: o.BaseEndpoint,
	}
	if o.Region != "" {
		params.Region = &o.Region
	}
	return o.EndpointResolverV2.ResolveEndpoint(ctx, params)
}
