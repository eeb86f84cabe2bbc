// Package stack assembles the smithy middleware stack of a call: the same steps
// with the same ids, in the same order, as in the clients that AWS generates, so
// that middlewares written for those work here.
//
// A call goes through the steps of its chain and back: Initialize (client token,
// validation), Serialize (JSON), Build (user agent), Finalize (retry loop; in it,
// for each attempt: quota, credentials, endpoint, signature) and Deserialize (the
// HTTP client; on the way back the answer's bytes become output or error).
//
// There are two ways to run the same middlewares. A client that has no API
// options links them once for each operation, see link. A client that has some,
// and a call with option functions, assembles a smithy stack for each call, as
// clients do that AWS generates. Nothing depends on whose middlewares they are.
package stack

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Operation is what the stack has to know of an operation.
type Operation interface {
	// Name is the operation's name in AWS's spelling.
	Name() string
	// FillToken returns the input with a client token: the same input if it
	// has one or the operation takes none, a copy otherwise.
	FillToken(in any, next func() (string, error)) (any, error)
	// Token returns the client token of an input, or "".
	Token(in any) string
	// Remember keeps with the answer what it does not repeat of its input.
	Remember(in any, metadata middleware.Metadata) middleware.Metadata
	// Validate returns what is wrong with an input.
	Validate(in any) error
	// Decode returns the output of an answer.
	Decode(body []byte) (any, error)
}

// Config is a client's part of a stack: all that its options decide.
type Config struct {
	// Service names the service in metrics and user agents.
	ServiceID, SigningName, TargetPrefix string
	// Scope names this library to tracers, meters and in the user agent.
	Scope, Version, AgentName string

	AppID                      string
	Region                     string // of the context
	SigningRegion              string
	Credentials                aws.CredentialsProvider
	HTTPClient                 smithyhttp.ClientDo
	Signer                     v4.HTTPSigner
	Retryer                    aws.Retryer
	ResolveEndpoint            func(context.Context) (smithyendpoints.Endpoint, error)
	DisableHTTPS               bool
	DisableClockSkewCorrection bool
	Logger                     logging.Logger
	LogMode                    aws.ClientLogMode
	MeterProvider              metrics.MeterProvider
	Metrics                    *Metrics
	TracerProvider             tracing.TracerProvider
	Interceptors               smithyhttp.InterceptorRegistry
	NewToken                   func() (string, error)
	DecodeError                func(code, message string, body []byte) error

	// Pace returns a middleware that lets each attempt wait for its turn. It may
	// be nil.
	Pace func(Operation) middleware.FinalizeMiddleware

	// APIOptions change the stack after it was assembled.
	APIOptions []func(*middleware.Stack) error

	// TimeOffset is the clock skew that the client's calls share, in
	// nanoseconds.
	TimeOffset *atomic.Int64
}

// parts are this package's middlewares of one operation. They keep nothing of a
// call and nobody else can write to them, so any number of stacks can have them.
// Those of the AWS SDK have exported fields, which an API option may set, and so
// each stack has its own.
type parts struct {
	fillToken            fillToken
	validate             validate
	serialize            serialize
	clientRequestID      clientRequestID
	resolveAuthScheme    resolveAuthScheme
	getIdentity          getIdentity
	resolveEndpoint      resolveEndpoint
	disableHTTPS         disableHTTPS
	computePayloadHash   computePayloadHash
	legacySigningOptions legacySigningOptions
	sign                 sign
	deserialize          deserialize

	// nil if attempts need not wait.
	pace middleware.FinalizeMiddleware
}

func newParts(cfg *Config, op Operation) *parts {
	p := &parts{
		fillToken:         fillToken{op: op, next: cfg.NewToken},
		validate:          validate{op: op},
		serialize:         serialize{target: cfg.TargetPrefix + "." + op.Name()},
		resolveAuthScheme: newResolveAuthScheme(cfg),
		getIdentity:       getIdentity{cfg: cfg},
		resolveEndpoint:   resolveEndpoint{cfg: cfg},
		disableHTTPS:      disableHTTPS{disable: cfg.DisableHTTPS},
		sign:              newSign(cfg),
		deserialize:       deserialize{op: op, decodeError: cfg.DecodeError},
	}
	if cfg.Pace != nil {
		p.pace = cfg.Pace(op)
	}
	return p
}

// bound returns the parts for the stack of one call.
func (p *parts) bound(c *call) *parts {
	of := *p
	for _, o := range [...]*owner{
		&of.serialize.owner, &of.clientRequestID.owner, &of.resolveAuthScheme.owner, &of.getIdentity.owner,
		&of.resolveEndpoint.owner, &of.computePayloadHash.owner, &of.legacySigningOptions.owner, &of.sign.owner,
		&of.deserialize.owner,
	} {
		o.own = c
	}
	return &of
}

// newStack assembles a stack and lets the options change it.
func (p *parts) newStack(cfg *Config, op Operation, paginator bool) (*middleware.Stack, error) {
	s := middleware.NewStack(op.Name(), smithyhttp.NewStackRequest)
	// Add never fails.
	_ = s.Initialize.Add(&p.fillToken, middleware.After)
	_ = s.Initialize.Add(&p.validate, middleware.After)
	_ = s.Serialize.Add(landmark("setOperationInput"), middleware.After)
	_ = s.Serialize.Add(landmark("ResolveEndpoint"), middleware.After)
	_ = s.Serialize.Add(&p.serialize, middleware.After)
	_ = s.Build.Add(&p.clientRequestID, middleware.After)
	_ = s.Build.Add(newUserAgent(cfg, paginator), middleware.After)
	_ = s.Build.Add(&awsmiddleware.RecursionDetection{}, middleware.After)
	p.addFinalize(s, cfg)
	p.addDeserialize(s, cfg)
	if err := addInterceptors(s, cfg.Interceptors); err != nil {
		return nil, err
	}
	for _, fn := range cfg.APIOptions {
		if err := fn(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// landmark is the id of a middleware that the clients which AWS generates have
// and this one does not need. Others are inserted beside it.
type landmark string

func (l landmark) ID() string { return string(l) }

func (landmark) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	middleware.SerializeOutput, middleware.Metadata, error,
) {
	return next.HandleSerialize(ctx, in)
}

func (p *parts) addFinalize(s *middleware.Stack, cfg *Config) {
	r := &cfg.Interceptors
	_ = s.Finalize.Add(&smithyhttp.InterceptBeforeRetryLoop{Interceptors: r.BeforeRetryLoop}, middleware.After)
	_ = s.Finalize.Add(newAttempt(cfg), middleware.After)
	if p.pace != nil {
		// Before anything that grows old while it waits.
		_ = s.Finalize.Add(p.pace, middleware.After)
	}
	_ = s.Finalize.Add(&smithyhttp.InterceptAttempt{BeforeAttempt: r.BeforeAttempt, AfterAttempt: r.AfterAttempt}, middleware.After)
	for _, m := range [...]middleware.FinalizeMiddleware{
		&p.resolveAuthScheme, &p.getIdentity, &p.resolveEndpoint, &p.disableHTTPS,
		&p.computePayloadHash, &p.legacySigningOptions, &p.sign,
	} {
		_ = s.Finalize.Add(m, middleware.After)
	}
}

func newAttempt(cfg *Config) *retry.Attempt {
	return retry.NewAttemptMiddleware(cfg.Retryer, cloneRequest, func(m *retry.Attempt) {
		m.LogAttempts = cfg.LogMode.IsRetries()
		m.OperationMeter = cfg.MeterProvider.Meter(cfg.Scope)
		m.ClientSkew = cfg.TimeOffset
		m.DisableClockSkewCorrection = cfg.DisableClockSkewCorrection
	})
}

func (p *parts) addDeserialize(s *middleware.Stack, cfg *Config) {
	for _, m := range [...]middleware.DeserializeMiddleware{
		&awsmiddleware.AddRawResponse{},
		&awshttp.ResponseErrorWrapper{},
		&awsmiddleware.RequestIDRetriever{},
		&p.deserialize,
		&awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: cfg.DisableClockSkewCorrection},
		&smithyhttp.RequestResponseLogger{
			LogRequest:          cfg.LogMode.IsRequest(),
			LogRequestWithBody:  cfg.LogMode.IsRequestWithBody(),
			LogResponse:         cfg.LogMode.IsResponse(),
			LogResponseWithBody: cfg.LogMode.IsResponseWithBody(),
		},
	} {
		_ = s.Deserialize.Add(m, middleware.After)
	}
}

func intercepted(r *smithyhttp.InterceptorRegistry) bool {
	return len(r.BeforeExecution)+len(r.BeforeSerialization)+len(r.AfterSerialization)+
		len(r.BeforeRetryLoop)+len(r.BeforeAttempt)+len(r.BeforeSigning)+len(r.AfterSigning)+
		len(r.BeforeTransmit)+len(r.AfterTransmit)+len(r.BeforeDeserialization)+
		len(r.AfterDeserialization)+len(r.AfterAttempt)+len(r.AfterExecution) != 0
}

func addInterceptors(s *middleware.Stack, r smithyhttp.InterceptorRegistry) error {
	// Each of these costs on every call, so they are left out until one is
	// used; then all are needed, since they hand state to one another.
	if !intercepted(&r) {
		return nil
	}
	return errors.Join(
		s.Initialize.Add(&smithyhttp.InterceptExecution{
			BeforeExecution: r.BeforeExecution, AfterExecution: r.AfterExecution,
		}, middleware.Before),
		s.Serialize.Insert(&smithyhttp.InterceptBeforeSerialization{Interceptors: r.BeforeSerialization}, "OperationSerializer", middleware.Before),
		s.Serialize.Insert(&smithyhttp.InterceptAfterSerialization{Interceptors: r.AfterSerialization}, "OperationSerializer", middleware.After),
		s.Finalize.Insert(&smithyhttp.InterceptBeforeSigning{Interceptors: r.BeforeSigning}, "Signing", middleware.Before),
		s.Finalize.Insert(&smithyhttp.InterceptAfterSigning{Interceptors: r.AfterSigning}, "Signing", middleware.After),
		s.Deserialize.Add(&smithyhttp.InterceptTransmit{
			BeforeTransmit: r.BeforeTransmit, AfterTransmit: r.AfterTransmit,
		}, middleware.After),
		// The deserialize step runs from last to first.
		s.Deserialize.Insert(&smithyhttp.InterceptBeforeDeserialization{Interceptors: r.BeforeDeserialization}, "OperationDeserializer", middleware.After),
		s.Deserialize.Insert(&smithyhttp.InterceptAfterDeserialization{Interceptors: r.AfterDeserialization}, "OperationDeserializer", middleware.Before),
	)
}

// fixedValues are the context values that are the same for all calls of an
// operation, those that middlewares look for.
func fixedValues(cfg *Config, op Operation) context.Context {
	name := op.Name()
	ctx := middleware.SetLogger(context.Background(), cfg.Logger)
	ctx = middleware.WithServiceID(ctx, cfg.ServiceID)
	ctx = middleware.WithOperationName(ctx, name)
	ctx = awsmiddleware.SetServiceID(ctx, cfg.ServiceID)
	ctx = awsmiddleware.SetOperationName(ctx, name)
	if cfg.Region != "" {
		ctx = awsmiddleware.SetRegion(ctx, cfg.Region)
	}
	// The last is found first, and this one is looked for most.
	return tracing.WithOperationTracer(ctx, cfg.TracerProvider.Tracer(cfg.Scope))
}

// initialSkew is the clock skew that the calls before have found.
func (cfg *Config) initialSkew() time.Duration { return time.Duration(cfg.TimeOffset.Load()) }
