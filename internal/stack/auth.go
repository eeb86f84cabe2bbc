package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
)

const schemeSigV4 = smithyauth.SchemeIDSigV4

var errNoCredentials = errors.New("no credentials: set Options.Credentials, or load a configuration that finds some; the service takes no anonymous calls")

// resolveAuthScheme chooses SigV4, the one scheme that the service has, with
// the service's signing name and the client's region.
type resolveAuthScheme struct {
	owner
	cfg       *Config
	anonymous bool
}

func newResolveAuthScheme(cfg *Config) resolveAuthScheme {
	return resolveAuthScheme{
		cfg:       cfg,
		anonymous: cfg.Credentials == nil || aws.IsCredentialsProvider(cfg.Credentials, (*aws.AnonymousCredentials)(nil)),
	}
}

func (*resolveAuthScheme) ID() string { return "ResolveAuthScheme" }

func (m *resolveAuthScheme) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	ctx, c, err := m.callOf(ctx)
	if err != nil {
		return out, metadata, err
	}
	if err := c.begin(ctx); err != nil {
		return out, metadata, err
	}
	_, span := tracing.StartSpan(ctx, "ResolveAuthScheme")
	defer span.End()

	if m.anonymous {
		return out, metadata, fault.Unready(fmt.Errorf("resolve auth scheme: %w", errNoCredentials))
	}
	c.name, c.region = m.cfg.SigningName, m.cfg.SigningRegion

	span.SetProperty("auth.scheme_id", schemeSigV4)
	span.End()
	return next.HandleFinalize(ctx, in)
}

// getIdentity retrieves the credentials, anew for each attempt, so that a
// retry after they expired is signed with fresh ones.
type getIdentity struct {
	owner
	cfg *Config
}

func (*getIdentity) ID() string { return "GetIdentity" }

func (m *getIdentity) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	ctx, c, err := m.callOf(ctx)
	if err != nil {
		return out, metadata, err
	}
	innerCtx, span := tracing.StartSpan(ctx, "GetIdentity")
	defer span.End()

	end := c.startTimer(ctx, identityDuration)
	err = m.retrieve(innerCtx, c)
	end()
	if err != nil {
		return out, metadata, fault.Unready(err)
	}

	span.End()
	return next.HandleFinalize(ctx, in)
}

func (m *getIdentity) retrieve(ctx context.Context, c *call) (err error) {
	c.credentials, err = m.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("get identity: get credentials: %w", err)
	}
	if !c.credentials.HasKeys() {
		return fmt.Errorf("get identity: %w", errNoCredentials)
	}
	return nil
}

// resolveEndpoint puts scheme, host and base path into the request.
type resolveEndpoint struct {
	owner
	cfg *Config
}

func (*resolveEndpoint) ID() string { return "ResolveEndpointV2" }

func (m *resolveEndpoint) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	ctx, req, c, err := m.requestAndCall(ctx, in.Request)
	if err != nil {
		return out, metadata, err
	}
	_, span, traced := startSpan(ctx, "ResolveEndpoint")
	defer span.End()

	end := c.startTimer(ctx, endpointDuration)
	endpt, err := m.cfg.ResolveEndpoint(ctx)
	end()
	if err != nil {
		return out, metadata, fault.Unready(fmt.Errorf("failed to resolve service endpoint, %w", err))
	}
	if traced {
		span.SetProperty("client.call.resolved_endpoint", endpt.URI.Redacted())
	}
	c.address(req, &endpt)

	span.End()
	return next.HandleFinalize(ctx, in)
}

// address puts an endpoint into a request.
func (c *call) address(req *smithyhttp.Request, endpt *smithyendpoints.Endpoint) {
	// The signer and others write to the URL, and the request's may be shared
	// with the attempt before.
	u := c.newURL()
	*u = url.URL{
		Scheme:   endpt.URI.Scheme,
		Host:     endpt.URI.Host,
		Path:     smithyhttp.JoinPath(endpt.URI.Path, req.URL.Path),
		RawQuery: req.URL.RawQuery,
	}
	if endpt.URI.RawPath != "" || req.URL.RawPath != "" {
		u.RawPath = smithyhttp.JoinPath(endpt.URI.EscapedPath(), req.URL.EscapedPath())
	}
	req.URL = u
	for k := range endpt.Headers {
		req.Header.Set(k, endpt.Headers.Get(k))
	}
	c.overrideSigner(endpt)
}

// overrideSigner takes over what an endpoint says of signing.
func (c *call) overrideSigner(endpt *smithyendpoints.Endpoint) {
	if endpt.Properties.Values() == nil {
		// Looking something up would allocate.
		return
	}
	opts, _ := smithyauth.GetAuthOptions(&endpt.Properties)
	for _, o := range opts {
		if name, ok := smithyhttp.GetSigV4SigningName(&o.SignerProperties); ok {
			c.name = name
		}
		if region, ok := smithyhttp.GetSigV4SigningRegion(&o.SignerProperties); ok {
			c.region = region
		}
	}
}

type disableHTTPS struct{ disable bool }

func (*disableHTTPS) ID() string { return "disableHTTPS" }

func (m *disableHTTPS) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	if m.disable && !smithyhttp.GetHostnameImmutable(ctx) {
		req, err := requestOf(in.Request)
		if err != nil {
			return out, metadata, err
		}
		req.URL.Scheme = "http"
	}
	return next.HandleFinalize(ctx, in)
}

// computePayloadHash puts the hash of the body into the context, unless a
// middleware before it has.
type computePayloadHash struct{ owner }

func (*computePayloadHash) ID() string { return "ComputePayloadHash" }

func (m *computePayloadHash) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	if v4.GetPayloadHash(ctx) != "" {
		return next.HandleFinalize(ctx, in)
	}
	ctx, req, c, err := m.requestAndCall(ctx, in.Request)
	if err != nil {
		return out, metadata, &v4.HashComputationError{Err: err}
	}
	_, span := tracing.StartSpan(ctx, "ComputePayloadSHA256")
	defer span.End()
	payload, err := c.payloadHash(req)
	if err != nil {
		return out, metadata, &v4.HashComputationError{Err: err}
	}

	span.End()
	return next.HandleFinalize(v4.SetPayloadHash(ctx, payload), in)
}

// payloadHash hashes the body once for all attempts, as long as it is the one
// that was serialized.
func (c *call) payloadHash(req *smithyhttp.Request) (string, error) {
	stream := req.GetStream()
	own := c.stream != nil && stream == c.stream && c.stream.Len() == len(c.body)
	switch {
	case own && c.payload != "":
		return c.payload, nil
	case own:
		sum := sha256.Sum256(c.body)
		var text [2 * sha256.Size]byte
		hex.Encode(text[:], sum[:])
		c.payload = string(text[:])
		return c.payload, nil
	}
	hash := sha256.New()
	if stream != nil {
		if _, err := io.Copy(hash, stream); err != nil {
			return "", fmt.Errorf("failed to compute payload hash, %w", err)
		}
		if err := req.RewindStream(); err != nil {
			return "", fmt.Errorf("failed to seek body to start, %w", err)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// sign signs the attempt at the time that the service's clock shows, as far as
// the attempts before have told.
type sign struct {
	owner
	cfg *Config
	// For a signer that logs nothing.
	quiet []func(*v4.SignerOptions)
}

func newSign(cfg *Config) sign {
	return sign{cfg: cfg, quiet: []func(*v4.SignerOptions){func(o *v4.SignerOptions) { o.Logger = cfg.Logger }}}
}

func (*sign) ID() string { return "Signing" }

func (m *sign) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	ctx, req, c, err := m.requestAndCall(ctx, in.Request)
	if err != nil {
		return out, metadata, err
	}
	_, span := tracing.StartSpan(ctx, "SignRequest")
	defer span.End()
	if err := m.sign(ctx, c, req); err != nil {
		return out, metadata, fault.Unready(err)
	}

	span.End()
	out, metadata, err = next.HandleFinalize(ctx, in)
	if skew, ok := awsmiddleware.GetAttemptSkew(metadata); ok {
		c.skew = skew
	}
	c.attemptEnded(err)
	return out, metadata, err
}

func (m *sign) sign(ctx context.Context, c *call, req *smithyhttp.Request) (err error) {
	if c.region == "" {
		return fmt.Errorf("sign request: Invalid Configuration: Missing Region: %w", &aws.MissingRegionError{})
	}
	now := time.Now()
	if !m.cfg.DisableClockSkewCorrection {
		now = now.Add(c.skew)
	}
	options := m.quiet
	if m.cfg.LogMode.IsSigning() {
		options = []func(*v4.SignerOptions){func(o *v4.SignerOptions) {
			o.Logger = middleware.GetLogger(ctx)
			o.LogSigning = true
		}}
	}
	hash := v4.GetPayloadHash(ctx)
	if hash == "" {
		if hash, err = c.payloadHash(req); err != nil {
			return fmt.Errorf("sign request: %w", err)
		}
	}
	end := c.startTimer(ctx, signingDuration)
	err = m.cfg.Signer.SignHTTP(ctx, c.credentials, req.Request, hash, c.name, c.region, now, options...)
	end()
	if err != nil {
		return fmt.Errorf("sign request: sign http: %w", err)
	}
	return nil
}
