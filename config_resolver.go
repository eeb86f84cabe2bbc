package partnercentral

//lint:file-ignore SA1019 a configuration may still have the resolvers that aws.Config deprecates, and is honoured.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cosell-dev/partnercentral-go/internal/endpoint"
)

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
		return endpoint.Resolve(params)
	}
	var region string
	if params.Region != nil {
		region = *params.Region
	}
	e, err := r.resolve(region)
	if notFound := (*aws.EndpointNotFoundError)(nil); errors.As(err, &notFound) {
		return endpoint.Resolve(params)
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
