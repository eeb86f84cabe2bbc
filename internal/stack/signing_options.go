package stack

//lint:file-ignore SA1019 the values of the context that are deprecated for readers are how callers override them.

import (
	"context"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// legacySigningOptions lets signing name and region of the context, set with
// awsmiddleware.SetSigningName and SetSigningRegion, have the last word.
type legacySigningOptions struct{ owner }

func (*legacySigningOptions) ID() string { return "setLegacyContextSigningOptions" }

func (m *legacySigningOptions) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	ctx, c, err := m.callOf(ctx)
	if err != nil {
		return out, metadata, err
	}
	if name := awsmiddleware.GetSigningName(ctx); name != "" {
		c.name = name
	}
	if region := awsmiddleware.GetSigningRegion(ctx); region != "" {
		c.region = region
	}
	return next.HandleFinalize(ctx, in)
}
