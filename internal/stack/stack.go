// Package stack assembles the smithy middleware stack of a call: the same steps
// with the same ids, in the same order, as in the clients that AWS generates, so
// that middlewares written for those work here.
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
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Operation is what the stack has to know of an operation.
type Operation interface {
	// Name is the operation's name in AWS's spelling.
	Name() string
	// FillToken returns the input with a client token: the same input if it
	// has one or the operation takes none, a copy otherwise.
	FillToken(in any, next func() (string, error)) (any, error)
	// Remember keeps with the answer what it does not repeat of its input.
	Remember(in any, metadata *middleware.Metadata)
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
	Region                     string
	Credentials                aws.CredentialsProvider
	Signer                     v4.HTTPSigner
	Retryer                    aws.Retryer
	ResolveEndpoint            func(context.Context) (smithyendpoints.Endpoint, error)
	DisableHTTPS               bool
	DisableClockSkewCorrection bool
	LogMode                    aws.ClientLogMode
	MeterProvider              metrics.MeterProvider
	Interceptors               smithyhttp.InterceptorRegistry
	NewToken                   func() (string, error)
	DecodeError                func(code, message string, body []byte) error

	// TimeOffset is the clock skew that the client's calls share, in
	// nanoseconds.
	TimeOffset *atomic.Int64
}

// New assembles the stack of one operation.
func New(cfg *Config, op Operation) (*middleware.Stack, error) {
	s := middleware.NewStack(op.Name(), smithyhttp.NewStackRequest)
	err := errors.Join(
		addInitialize(s, cfg, op),
		addSerialize(s, cfg, op),
		addBuild(s, cfg),
		addFinalize(s, cfg),
		addDeserialize(s, cfg, op),
		addInterceptors(s, cfg.Interceptors),
	)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func addInitialize(s *middleware.Stack, cfg *Config, op Operation) error {
	return errors.Join(
		s.Initialize.Add(&fillToken{op: op, next: cfg.NewToken}, middleware.After),
		s.Initialize.Add(&validate{op: op}, middleware.After),
	)
}

func addSerialize(s *middleware.Stack, cfg *Config, op Operation) error {
	return s.Serialize.Add(&serialize{target: cfg.TargetPrefix + "." + op.Name()}, middleware.After)
}

func addBuild(s *middleware.Stack, cfg *Config) error {
	return errors.Join(
		s.Build.Add(&awsmiddleware.ClientRequestID{}, middleware.After),
		s.Build.Add(userAgent(cfg), middleware.After),
		s.Build.Add(&awsmiddleware.RecursionDetection{}, middleware.After),
	)
}

func addFinalize(s *middleware.Stack, cfg *Config) error {
	attempt := retry.NewAttemptMiddleware(cfg.Retryer, smithyhttp.RequestCloner, func(m *retry.Attempt) {
		m.LogAttempts = cfg.LogMode.IsRetries()
		m.OperationMeter = cfg.MeterProvider.Meter(cfg.Scope)
		m.ClientSkew = cfg.TimeOffset
		m.DisableClockSkewCorrection = cfg.DisableClockSkewCorrection
	})
	for _, m := range []middleware.FinalizeMiddleware{
		&smithyhttp.InterceptBeforeRetryLoop{Interceptors: cfg.Interceptors.BeforeRetryLoop},
		attempt,
		&smithyhttp.InterceptAttempt{
			BeforeAttempt: cfg.Interceptors.BeforeAttempt,
			AfterAttempt:  cfg.Interceptors.AfterAttempt,
		},
		&resolveAuthScheme{cfg: cfg},
		&getIdentity{cfg: cfg},
		&resolveEndpoint{cfg: cfg},
		&disableHTTPS{disable: cfg.DisableHTTPS},
		&v4.ComputePayloadSHA256{},
		&legacySigningOptions{},
		&sign{cfg: cfg},
	} {
		if err := s.Finalize.Add(m, middleware.After); err != nil {
			return err
		}
	}
	return nil
}

func addDeserialize(s *middleware.Stack, cfg *Config, op Operation) error {
	for _, m := range []middleware.DeserializeMiddleware{
		&awsmiddleware.AddRawResponse{},
		&awshttp.ResponseErrorWrapper{},
		&awsmiddleware.RequestIDRetriever{},
		&deserialize{op: op, decodeError: cfg.DecodeError},
		&awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: cfg.DisableClockSkewCorrection},
		&smithyhttp.RequestResponseLogger{
			LogRequest:          cfg.LogMode.IsRequest(),
			LogRequestWithBody:  cfg.LogMode.IsRequestWithBody(),
			LogResponse:         cfg.LogMode.IsResponse(),
			LogResponseWithBody: cfg.LogMode.IsResponseWithBody(),
		},
	} {
		if err := s.Deserialize.Add(m, middleware.After); err != nil {
			return err
		}
	}
	return nil
}

func addInterceptors(s *middleware.Stack, r smithyhttp.InterceptorRegistry) error {
	// Each of these costs on every call, so they are left out until one is
	// used; then all are needed, since they hand state to one another.
	if len(r.BeforeExecution)+len(r.BeforeSerialization)+len(r.AfterSerialization)+
		len(r.BeforeRetryLoop)+len(r.BeforeAttempt)+len(r.BeforeSigning)+len(r.AfterSigning)+
		len(r.BeforeTransmit)+len(r.AfterTransmit)+len(r.BeforeDeserialization)+
		len(r.AfterDeserialization)+len(r.AfterAttempt)+len(r.AfterExecution) == 0 {
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

func userAgent(cfg *Config) *awsmiddleware.RequestUserAgent {
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
	return ua
}

// call is the state of one call that its middlewares share. It lives in the
// context as one value; the steps of a call run one after another, so it needs
// no lock.
type call struct {
	credentials aws.Credentials
	name        string
	region      string
	skew        time.Duration
}

type callKey struct{}

// WithCall prepares the context of a call: the stack values of a call around it
// are dropped, and those that middlewares look for are set.
func WithCall(ctx context.Context, cfg *Config, operation string) context.Context {
	ctx = middleware.ClearStackValues(ctx)
	ctx = middleware.WithServiceID(ctx, cfg.ServiceID)
	ctx = middleware.WithOperationName(ctx, operation)
	ctx = awsmiddleware.SetServiceID(ctx, cfg.ServiceID)
	ctx = awsmiddleware.SetOperationName(ctx, operation)
	if cfg.Region != "" {
		ctx = awsmiddleware.SetRegion(ctx, cfg.Region)
	}
	return middleware.WithStackValue(ctx, callKey{}, &call{skew: time.Duration(cfg.TimeOffset.Load())})
}

func callOf(ctx context.Context) (*call, error) {
	c, ok := middleware.GetStackValue(ctx, callKey{}).(*call)
	if !ok {
		return nil, errors.New("a middleware has dropped the values of the call from the context")
	}
	return c, nil
}
