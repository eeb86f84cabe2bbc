package stack

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/uuid"

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
	in.Parameters, err = m.op.FillToken(in.Parameters, m.newToken)
	if err != nil {
		return out, metadata, fmt.Errorf("get idempotency token: %w", err)
	}
	out, metadata, err = next.HandleInitialize(ctx, in)
	if err != nil {
		return out, metadata, discreet(err, m.op.Token(in.Parameters))
	}
	return out, m.op.Remember(in.Parameters, metadata), nil
}

func (m *fillToken) newToken() (string, error) {
	token, err := m.next()
	if err == nil && token == "" {
		err = errors.New("the IdempotencyTokenProvider has given an empty one, with which each Start would be another")
	}
	return token, err
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

type serialize struct {
	owner
	target string
}

func (*serialize) ID() string { return "OperationSerializer" }

func (m *serialize) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	out middleware.SerializeOutput, metadata middleware.Metadata, err error,
) {
	ctx, c, err := m.callOf(ctx)
	if err != nil {
		return out, metadata, err
	}
	_, span := tracing.StartSpan(ctx, "OperationSerializer")
	defer span.End()
	end := c.startTimer(ctx, serializeDuration)
	req, err := m.serialize(c, in)
	end()
	if err != nil {
		return out, metadata, err
	}
	c.set(req.Header, "Content-Type", wire.ContentType)
	c.set(req.Header, "X-Amz-Target", m.target)
	in.Request = req

	span.End()
	return next.HandleSerialize(ctx, in)
}

// blankRequest is a request that serialize can be given any number of times.
func blankRequest() *smithyhttp.Request {
	return &smithyhttp.Request{Request: &http.Request{ContentLength: -1}}
}

// serialize makes a request with the body.
func (m *serialize) serialize(c *call, in middleware.SerializeInput) (*smithyhttp.Request, error) {
	blank, err := requestOf(in.Request)
	if err != nil {
		return nil, &smithy.SerializationError{Err: err}
	}
	body, err := wire.Encode(in.Parameters)
	if err != nil {
		return nil, &smithy.SerializationError{Err: err}
	}
	room := &c.request
	if c.stream != nil {
		// A middleware makes the call twice.
		room = new(requestRoom)
	}
	room.stream.Reset(body)
	req, err := blank.SetStream(&room.stream)
	if err != nil {
		return nil, &smithy.SerializationError{Err: err}
	}
	c.body, c.stream, c.payload, c.slots = body, &room.stream, "", room.values[:]
	if req.URL == nil {
		req.URL = &room.url
	}
	if req.Header == nil {
		req.Header = make(http.Header, headerRoom)
	}
	req.Method = http.MethodPost
	req.URL.Path = "/"
	return req, nil
}

// clientRequestID gives all attempts of a call one id.
type clientRequestID struct{ owner }

func (*clientRequestID) ID() string { return "ClientRequestID" }

func (m *clientRequestID) HandleBuild(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (
	out middleware.BuildOutput, metadata middleware.Metadata, err error,
) {
	ctx, req, c, err := m.requestAndCall(ctx, in.Request)
	if err != nil {
		return out, metadata, err
	}
	c.set(req.Header, invocationIDHeader, newInvocationID())
	return next.HandleBuild(ctx, in)
}

const invocationIDHeader = "Amz-Sdk-Invocation-Id"

// newInvocationID returns a random UUID, version 4. It is no secret and is not
// what makes a call idempotent, so the fast source of random numbers will do.
func newInvocationID() string {
	var id uuid.UUID
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// maxDrain is how much of an answer is read for the sake of its connection.
// Past that a new connection is cheaper.
const maxDrain = 256 << 10

type deserialize struct {
	owner
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
	if err != nil {
		discard(resp)
		return out, metadata, err
	}

	ctx, c, err := m.callOf(ctx)
	if err != nil {
		return out, metadata, err
	}
	_, span := tracing.StartSpan(ctx, "OperationDeserializer")
	defer span.End()
	end := c.startTimer(ctx, deserializeDuration)
	out.Result, err = m.receive(ctx, resp)
	end()
	return out, metadata, err
}

// discard closes an answer. Some of it is read for the sake of its connection.
func discard(resp *smithyhttp.Response) {
	if resp.Body == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
	_ = resp.Body.Close()
}

// receive reads an answer and makes the output or the error of it.
func (m *deserialize) receive(ctx context.Context, resp *smithyhttp.Response) (any, error) {
	if resp.Body == nil {
		return m.deserialize(ctx, resp, nil, nil)
	}
	body, err := wire.Read(resp.Body, resp.ContentLength)
	// What is left after an error may never come, so it is not read for the sake of
	// the connection.
	_ = resp.Body.Close()
	return m.deserialize(ctx, resp, body, err)
}

// deserialize makes the output or the error of what was read of an answer.
func (m *deserialize) deserialize(ctx context.Context, resp *smithyhttp.Response, body []byte, err error) (any, error) {
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
