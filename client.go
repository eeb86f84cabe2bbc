package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/aws/smithy-go"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cosell-dev/partnercentral-go/internal/stack"
)

// ServiceID is the name of the service in the AWS SDKs. The environment
// variable for its endpoint is AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING.
const ServiceID = "PartnerCentral Selling"

// ServiceAPIVersion is the version of the service's API.
const ServiceAPIVersion = "2022-07-26"

const (
	signingName  = "partnercentral-selling"
	targetPrefix = "AWSPartnerCentralSelling"
	scope        = "github.com/cosell-dev/partnercentral-go"
)

// Client calls the task operations of the AWS Partner Central Selling API. It
// is safe for concurrent use. Every method takes option functions that apply
// to that call alone.
//
// The errors of a call are *smithy.OperationError around what went wrong:
//   - smithy.InvalidParamsError: the input was refused before anything was sent;
//   - a modelled error such as *ThrottlingException, or *smithy.GenericAPIError
//     for any other code, inside the *ResponseError of aws/transport/http, which
//     has the status and the request id;
//   - *smithy.DeserializationError: the answer was broken. The service may have
//     acted on the request; repeat a Start with the same ClientToken;
//   - *smithy.CanceledError: the context ended;
//   - *smithyhttp.RequestSendError: no answer came.
type Client struct {
	options Options
	metrics *stack.Metrics

	// An error of construction, which every call returns.
	err error

	// Difference between the service's clock and ours in nanoseconds, as far as
	// answers have shown.
	timeOffset atomic.Int64
}

// New returns a client with the given options. It never fails; what is missing
// or wrong is said by the first call.
func New(options Options, optFns ...func(*Options)) *Client {
	o := resolveDefaults(options.Copy())
	for _, fn := range optFns {
		fn(&o)
	}
	return newClient(o)
}

func newClient(o Options) *Client {
	c := &Client{options: finalize(o)}
	c.metrics, c.err = stack.NewMetrics(c.options.MeterProvider, scope)
	return c
}

// Options returns a copy of the client's options.
func (c *Client) Options() Options { return c.options.Copy() }

func (c *Client) invokeOperation(ctx context.Context, op anyOperation, in any, optFns []func(*Options)) (
	result any, metadata middleware.Metadata, err error,
) {
	if ctx == nil {
		return nil, metadata, operationError(op, errors.New("the context is nil"))
	}
	if c.err != nil {
		return nil, metadata, operationError(op, c.err)
	}
	options := c.callOptions(optFns)
	cfg := c.stackConfig(&options)
	s, err := stack.New(cfg, op)
	if err != nil {
		return nil, metadata, operationError(op, err)
	}
	if options.Quota != nil {
		m := &quotaMiddleware{options.Quota.bucket(op.quotaGroup())}
		if err := s.Finalize.Insert(m, "Retry", middleware.After); err != nil {
			return nil, metadata, operationError(op, err)
		}
	}
	for _, fn := range options.APIOptions {
		if err := fn(s); err != nil {
			return nil, metadata, operationError(op, err)
		}
	}

	ctx = stack.WithCall(ctx, cfg, op.Name())
	ctx = stack.WithMetrics(ctx, c.metrics)
	ctx = middleware.SetLogger(ctx, options.Logger)
	tracer := options.TracerProvider.Tracer(scope)
	ctx = tracing.WithOperationTracer(ctx, tracer)
	ctx, span := tracer.StartSpan(ctx, ServiceID+"."+op.Name(), func(o *tracing.SpanOptions) {
		o.Kind = tracing.SpanKindClient
		o.Properties.Set("rpc.system", "aws-api")
		o.Properties.Set("rpc.method", op.Name())
		o.Properties.Set("rpc.service", ServiceID)
	})
	defer span.End()
	defer stack.StartCallTimer(ctx)()

	handler := smithyhttp.NewClientHandlerWithOptions(options.HTTPClient, func(h *smithyhttp.ClientHandler) {
		h.Meter = options.MeterProvider.Meter(scope)
	})
	result, metadata, err = middleware.DecorateHandler(handler, s).Handle(ctx, in)
	if err != nil {
		describeError(span, err)
		return nil, metadata, operationError(op, err)
	}
	span.SetProperty("error", false)
	span.SetStatus(tracing.SpanStatusOK)
	return result, metadata, nil
}

// anyOperation is an operation whatever its input and output.
type anyOperation interface {
	stack.Operation
	quotaGroup() quotaGroup
}

func operationError(op stack.Operation, err error) error {
	return &smithy.OperationError{ServiceID: ServiceID, OperationName: op.Name(), Err: err}
}

func describeError(span tracing.Span, err error) {
	span.SetProperty("exception.type", fmt.Sprintf("%T", err))
	span.SetProperty("exception.message", err.Error())
	if apiErr := smithy.APIError(nil); errors.As(err, &apiErr) {
		span.SetProperty("api.error_code", apiErr.ErrorCode())
		span.SetProperty("api.error_message", apiErr.ErrorMessage())
		span.SetProperty("api.error_fault", apiErr.ErrorFault().String())
	}
	span.SetProperty("error", true)
	span.SetStatus(tracing.SpanStatusError)
}

func (c *Client) stackConfig(o *Options) *stack.Config {
	return &stack.Config{
		ServiceID:                  ServiceID,
		SigningName:                signingName,
		TargetPrefix:               targetPrefix,
		Scope:                      scope,
		Version:                    goModuleVersion,
		AgentName:                  "partnercentralselling",
		AppID:                      o.AppID,
		Region:                     o.Region,
		Credentials:                o.Credentials,
		Signer:                     o.HTTPSignerV4,
		Retryer:                    o.Retryer,
		ResolveEndpoint:            func(ctx context.Context) (smithyendpoints.Endpoint, error) { return endpointOf(ctx, o) },
		DisableHTTPS:               o.EndpointOptions.DisableHTTPS,
		DisableClockSkewCorrection: o.DisableClockSkewCorrection,
		LogMode:                    o.ClientLogMode,
		MeterProvider:              o.MeterProvider,
		Interceptors:               o.Interceptors,
		NewToken:                   o.IdempotencyTokenProvider.GetIdempotencyToken,
		DecodeError:                decodeError,
		TimeOffset:                 &c.timeOffset,
	}
}
