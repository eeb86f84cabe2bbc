package partnercentral

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/endpoint"
	"github.com/cosell-dev/partnercentral-go/internal/stack"
)

// ServiceID is the name of the service in the AWS SDKs. The environment
// variable for its endpoint is AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING.
const ServiceID = "PartnerCentral Selling"

// ServiceAPIVersion is the version of the service's API.
const ServiceAPIVersion = "2022-07-26"

// goModuleVersion is the version of this module in the user agent.
const goModuleVersion = "0.1.0"

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
	chains  *stack.Chains

	// An error of construction, which every call returns.
	err error

	// Difference between the service's clock and ours in nanoseconds, as answers
	// have shown it. Derived clients share it.
	timeOffset *atomic.Int64
}

// NewFromConfig returns a client with the options of a configuration, as
// config.LoadDefaultConfig returns it: credentials, retries, HTTP client, logger,
// interceptors, service options, and the endpoint that the environment or the
// profile sets for this service (AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING,
// AWS_ENDPOINT_URL, endpoint_url, and the settings that ignore them or ask for
// FIPS).
//
// The service exists in us-east-1 only, and a shared configuration may be
// meant for other services. So if the configuration has no region, or another
// one of the standard partition, the client uses us-east-1, even if an
// endpoint is configured. A region that a service option or an option function
// sets is used as it is.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	serviceOptions := func(o *Options) {
		for _, fn := range cfg.ServiceOptions {
			if fn != nil {
				fn(ServiceID, o)
			}
		}
	}
	return New(configOptions(cfg), append([]func(*Options){serviceOptions}, optFns...)...)
}

// New returns a client with the given options. It returns no error: invalid
// options surface on the first call. The region is used as it is.
func New(options Options, optFns ...func(*Options)) *Client {
	o := resolveDefaults(options.Copy())
	for _, fn := range optFns {
		if fn != nil {
			fn(&o)
		}
	}
	return newClient(o, new(atomic.Int64))
}

func newClient(o Options, timeOffset *atomic.Int64) *Client {
	c := &Client{options: finalize(o), timeOffset: timeOffset}
	c.metrics, c.err = stack.NewMetrics(c.options.MeterProvider, scope)
	c.chains = stack.NewChains(c.stackConfig(&c.options, c.metrics))
	return c
}

// derive returns a client with the options that a call with fn would have. Its
// calls cost what the calls of c cost: they pass no option function. It shares
// the clock skew, the HTTP client and the Quota with c, unless fn sets another.
func (c *Client) derive(fn func(*Options)) *Client {
	return newClient(c.callOptions([]func(*Options){fn}), c.timeOffset)
}

// Options returns a copy of the client's options, and the zero value for nil.
func (c *Client) Options() Options {
	if c == nil {
		// A mock may embed a nil client and have methods of its own.
		return Options{}
	}
	return c.options.Copy()
}

var errNilContext = errors.New("the context is nil")

func (c *Client) invokeOperation(ctx context.Context, op anyOperation, in any, optFns []func(*Options)) (
	result any, metadata middleware.Metadata, err error,
) {
	if ctx == nil {
		return nil, metadata, operationError(op, errNilContext)
	}
	if c.err != nil {
		return nil, metadata, operationError(op, c.err)
	}
	if len(optFns) == 0 {
		result, metadata, err = c.chains.Call(ctx, op, in)
	} else {
		result, metadata, err = c.callWith(ctx, op, in, optFns)
	}
	if err != nil {
		return nil, metadata, operationError(op, err)
	}
	return result, metadata, nil
}

// callWith makes a call with options of its own.
func (c *Client) callWith(ctx context.Context, op anyOperation, in any, optFns []func(*Options)) (any, middleware.Metadata, error) {
	options, instruments := c.callOptions(optFns), c.metrics
	if v := reflect.ValueOf(options.MeterProvider); !v.Comparable() || options.MeterProvider != c.options.MeterProvider {
		var err error
		if instruments, err = stack.NewMetrics(options.MeterProvider, scope); err != nil {
			return nil, middleware.Metadata{}, err
		}
	}
	return stack.Call(ctx, c.stackConfig(&options, instruments), op, in)
}

// anyOperation is an operation whatever its input and output.
type anyOperation interface {
	stack.Operation
	quotaGroup() QuotaGroup
}

func operationError(op stack.Operation, err error) error {
	return &smithy.OperationError{ServiceID: ServiceID, OperationName: op.Name(), Err: err}
}

func (c *Client) stackConfig(o *Options, instruments *stack.Metrics) *stack.Config {
	signingRegion := o.Region
	if signingRegion == "" {
		// Only an endpoint that was set explicitly gets that far.
		signingRegion = endpoint.ServedRegion
	}
	return &stack.Config{
		ServiceID:                  ServiceID,
		SigningName:                signingName,
		TargetPrefix:               targetPrefix,
		Scope:                      scope,
		Version:                    goModuleVersion,
		AgentName:                  "partnercentralselling",
		AppID:                      o.AppID,
		Region:                     o.Region,
		SigningRegion:              signingRegion,
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
		Metrics:                    instruments,
		TracerProvider:             o.TracerProvider,
		Interceptors:               o.Interceptors,
		NewToken:                   o.IdempotencyTokenProvider.GetIdempotencyToken,
		DecodeError:                decodeError,
		Pace:                       paceOf(o.Quota),
		APIOptions:                 o.APIOptions,
		TimeOffset:                 c.timeOffset,
	}
}

// paceOf returns what makes the attempts of an operation wait for their turn.
func paceOf(q *Quota) func(stack.Operation) middleware.FinalizeMiddleware {
	if q == nil {
		return nil
	}
	return func(op stack.Operation) middleware.FinalizeMiddleware {
		return &quotaMiddleware{q, op.(anyOperation).quotaGroup()}
	}
}
