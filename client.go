package partnercentral

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

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
	stacks  *stack.Cache

	// An error of construction, which every call returns.
	err error

	// Difference between the service's clock and ours in nanoseconds, as answers
	// have shown it. Derived clients share it.
	timeOffset *atomic.Int64
}

// New returns a client with the given options. It never fails; what is missing
// or wrong is said by the first call.
func New(options Options, optFns ...func(*Options)) *Client {
	o := resolveDefaults(options.Copy())
	for _, fn := range optFns {
		fn(&o)
	}
	return newClient(o, new(atomic.Int64))
}

func newClient(o Options, timeOffset *atomic.Int64) *Client {
	c := &Client{options: finalize(o), timeOffset: timeOffset}
	c.metrics, c.err = stack.NewMetrics(c.options.MeterProvider, scope)
	c.stacks = stack.NewCache(c.stackConfig(&c.options))
	return c
}

// derive returns a client with the options that a call with fn would have. Its
// calls cost what the calls of c cost: they pass no option function. It shares
// the clock skew, the HTTP client and the Quota with c, unless fn sets another.
func (c *Client) derive(fn func(*Options)) *Client {
	return newClient(c.callOptions([]func(*Options){fn}), c.timeOffset)
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
	paginator := stack.IsPaginator(ctx)
	pipeline, err := c.pipeline(op, paginator, optFns)
	if err != nil {
		return nil, metadata, operationError(op, err)
	}
	result, metadata, err = pipeline.Call(ctx, in, paginator)
	if err != nil {
		return nil, metadata, operationError(op, err)
	}
	return result, metadata, nil
}

// anyOperation is an operation whatever its input and output.
type anyOperation interface {
	stack.Operation
	quotaGroup() quotaGroup
}

// pipeline returns the assembled stack of a call.
func (c *Client) pipeline(op anyOperation, paginator bool, optFns []func(*Options)) (*stack.Pipeline, error) {
	if len(optFns) == 0 && !c.options.DisableStackReuse {
		return c.stacks.Pipeline(op, paginator)
	}
	options := c.callOptions(optFns)
	return stack.Assemble(c.stackConfig(&options), op, paginator)
}

func operationError(op stack.Operation, err error) error {
	return &smithy.OperationError{ServiceID: ServiceID, OperationName: op.Name(), Err: err}
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
		HTTPClient:                 o.HTTPClient,
		Signer:                     o.HTTPSignerV4,
		Retryer:                    o.Retryer,
		ResolveEndpoint:            endpointFunc(o),
		DisableHTTPS:               o.EndpointOptions.DisableHTTPS,
		DisableClockSkewCorrection: o.DisableClockSkewCorrection,
		Logger:                     o.Logger,
		LogMode:                    o.ClientLogMode,
		MeterProvider:              o.MeterProvider,
		Metrics:                    c.metrics,
		TracerProvider:             o.TracerProvider,
		Interceptors:               o.Interceptors,
		NewToken:                   o.IdempotencyTokenProvider.GetIdempotencyToken,
		DecodeError:                decodeError,
		Pace:                       pace(o.Quota),
		APIOptions:                 o.APIOptions,
		TimeOffset:                 c.timeOffset,
	}
}

// pace returns what makes the attempts of an operation wait for their turn.
func pace(q *Quota) func(stack.Operation) middleware.FinalizeMiddleware {
	if q == nil {
		return nil
	}
	return func(op stack.Operation) middleware.FinalizeMiddleware {
		return &quotaMiddleware{q.bucket(op.(anyOperation).quotaGroup())}
	}
}
