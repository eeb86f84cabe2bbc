package partnercentral

//lint:file-ignore SA1019 these are the option functions that the deprecation names.

import (
	"context"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// WithSigV4SigningName returns an option function that signs with another
// service name, whatever the endpoint says.
func WithSigV4SigningName(name string) func(*Options) {
	return withContext("withSigV4SigningName", func(ctx context.Context) context.Context {
		return awsmiddleware.SetSigningName(ctx, name)
	})
}

// WithSigV4SigningRegion returns an option function that signs for another
// region, whatever the endpoint says.
func WithSigV4SigningRegion(region string) func(*Options) {
	return withContext("withSigV4SigningRegion", func(ctx context.Context) context.Context {
		return awsmiddleware.SetSigningRegion(ctx, region)
	})
}

func withContext(id string, set func(context.Context) context.Context) func(*Options) {
	m := middleware.InitializeMiddlewareFunc(id, func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(set(ctx), in)
	})
	return WithAPIOptions(func(s *middleware.Stack) error {
		return s.Initialize.Add(m, middleware.Before)
	})
}
