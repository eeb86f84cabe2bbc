package stack

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func newUserAgent(cfg *Config, paginator bool) *awsmiddleware.RequestUserAgent {
	ua := awsmiddleware.NewRequestUserAgent()
	ua.AddSDKAgentKeyValue(awsmiddleware.APIMetadata, cfg.AgentName, cfg.Version)
	if cfg.AppID != "" {
		ua.AddSDKAgentKey(awsmiddleware.ApplicationIdentifier, cfg.AppID)
	}
	switch cfg.Retryer.(type) {
	case *retry.Standard:
		ua.AddUserAgentFeature(awsmiddleware.UserAgentFeatureRetryModeStandard)
	case *retry.AdaptiveMode:
		ua.AddUserAgentFeature(awsmiddleware.UserAgentFeatureRetryModeAdaptive)
	}
	if p, ok := cfg.Credentials.(aws.CredentialProviderSource); ok {
		for _, source := range p.ProviderSources() {
			ua.AddCredentialsSource(source)
		}
	}
	if paginator {
		ua.AddUserAgentFeature(awsmiddleware.UserAgentFeaturePaginator)
	}
	return ua
}

// agent is a pre-rendered User-Agent header, for a call and for a paginator's.
type agent struct{ plain, paginator string }

// render returns the headers that a user agent writes. It uses the middleware up:
// afterwards it always writes the paginator's.
func render(ua *awsmiddleware.RequestUserAgent) (*agent, error) {
	plain, err := agentHeader(ua)
	if err != nil {
		return nil, err
	}
	ua.AddUserAgentFeature(awsmiddleware.UserAgentFeaturePaginator)
	paginator, err := agentHeader(ua)
	if err != nil {
		return nil, err
	}
	return &agent{plain: plain, paginator: paginator}, nil
}

func agentHeader(ua *awsmiddleware.RequestUserAgent) (string, error) {
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	_, _, err := ua.HandleBuild(context.Background(), middleware.BuildInput{Request: req},
		middleware.BuildHandlerFunc(func(context.Context, middleware.BuildInput) (out middleware.BuildOutput, md middleware.Metadata, err error) {
			return out, md, nil
		}))
	return req.Header.Get("User-Agent"), err
}

func (*agent) ID() string { return (*awsmiddleware.RequestUserAgent)(nil).ID() }

func (m *agent) HandleBuild(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (
	out middleware.BuildOutput, metadata middleware.Metadata, err error,
) {
	ctx, req, c, err := owner{}.requestAndCall(ctx, in.Request)
	if err != nil {
		return out, metadata, err
	}
	value := m.plain
	if c.paginator {
		value = m.paginator
	}
	if before := req.Header.Get("User-Agent"); before != "" {
		value += " " + before
	}
	c.set(req.Header, "User-Agent", value)
	return next.HandleBuild(ctx, in)
}
