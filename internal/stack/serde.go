package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cosell-dev/partnercentral-go/internal/wire"
)

// fillToken gives the input a client token before anything is sent, so that
// all attempts of the call carry the same one.
type fillToken struct {
	op   Operation
	next func() (string, error)
}

func (*fillToken) ID() string { return "OperationIdempotencyTokenAutoFill" }

func (m *fillToken) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	in.Parameters, err = m.op.FillToken(in.Parameters, m.next)
	if err != nil {
		return out, metadata, fmt.Errorf("get idempotency token: %w", err)
	}
	out, metadata, err = next.HandleInitialize(ctx, in)
	if err == nil {
		m.op.Remember(in.Parameters, &metadata)
	}
	return out, metadata, err
}

type validate struct{ op Operation }

func (*validate) ID() string { return "OperationInputValidation" }

func (m *validate) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	if err := m.op.Validate(in.Parameters); err != nil {
		return out, metadata, err
	}
	return next.HandleInitialize(ctx, in)
}

type serialize struct{ target string }

func (*serialize) ID() string { return "OperationSerializer" }

func (m *serialize) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	out middleware.SerializeOutput, metadata middleware.Metadata, err error,
) {
	_, span := tracing.StartSpan(ctx, "OperationSerializer")
	defer span.End()
	end := startTimer(ctx, serializeDuration)
	req, err := m.serialize(in)
	end()
	if err != nil {
		return out, metadata, &smithy.SerializationError{Err: err}
	}
	in.Request = req

	span.End()
	return next.HandleSerialize(ctx, in)
}

func (m *serialize) serialize(in middleware.SerializeInput) (*smithyhttp.Request, error) {
	req, err := requestOf(in.Request)
	if err != nil {
		return nil, err
	}
	body, err := wire.Encode(in.Parameters)
	if err != nil {
		return nil, err
	}
	req.Method = "POST"
	req.URL.Path = "/"
	req.Header.Set("Content-Type", wire.ContentType)
	req.Header.Set("X-Amz-Target", m.target)
	return req.SetStream(bytes.NewReader(body))
}

// maxDrain is how much of an answer is read for the sake of its connection.
// Past that a new connection is cheaper.
const maxDrain = 256 << 10

type deserialize struct {
	op          Operation
	decodeError func(code, message string, body []byte) error
}

func (*deserialize) ID() string { return "OperationDeserializer" }

func (m *deserialize) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if !ok {
		if err == nil {
			err = &smithy.DeserializationError{Err: fmt.Errorf("unknown transport type %T", out.RawResponse)}
		}
		return out, metadata, err
	}
	if resp.Body != nil {
		defer func() {
			_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
			_ = resp.Body.Close()
		}()
	}
	if err != nil {
		return out, metadata, err
	}

	_, span := tracing.StartSpan(ctx, "OperationDeserializer")
	defer span.End()
	end := startTimer(ctx, deserializeDuration)
	out.Result, err = m.deserialize(ctx, resp)
	end()
	return out, metadata, err
}

func (m *deserialize) deserialize(ctx context.Context, resp *smithyhttp.Response) (any, error) {
	var body []byte
	var err error
	if resp.Body != nil {
		body, err = wire.Read(resp.Body, resp.ContentLength)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, &smithy.CanceledError{Err: ctx.Err()}
		}
		err = fmt.Errorf("the answer was not read whole: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		// What is there of a broken error answer still tells more than the fault.
		e := wire.DecodeError(resp.Header, body)
		return nil, m.decodeError(e.Code, e.Message, body)
	}
	if err != nil {
		return nil, broken(resp, nil, err)
	}
	result, err := m.op.Decode(body)
	if err != nil {
		return nil, broken(resp, body, err)
	}
	return result, nil
}

// brokenAnswerError is an answer that came with a success status and says
// nothing. The service may have acted on the request; a Start is repeated with
// the same token, so a retry is safe.
type brokenAnswerError struct{ err *smithy.DeserializationError }

func (e *brokenAnswerError) Error() string { return e.err.Error() }
func (e *brokenAnswerError) Unwrap() error { return e.err }

// RetryableError says that another attempt may get a whole answer; one that is
// over the limit would be so again.
func (e *brokenAnswerError) RetryableError() bool {
	var tooLarge *wire.TooLargeError
	return !errors.As(e.err, &tooLarge)
}

// maxSnapshot bounds what an error keeps of the answer it is about.
const maxSnapshot = 1 << 10

func broken(resp *smithyhttp.Response, body []byte, err error) error {
	if ct := resp.Header.Get("Content-Type"); ct != "" && ct != wire.ContentType && ct != "application/json" {
		err = fmt.Errorf("%w (content type %.100q)", err, ct)
	}
	return &brokenAnswerError{&smithy.DeserializationError{Err: err, Snapshot: bytes.Clone(body[:min(len(body), maxSnapshot)])}}
}
