package partnercentraltest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Transport returns the door without a socket: it answers in the goroutine of
// the caller, starts none of its own, and works inside a synctest bubble. Every
// host and scheme leads to the service. Faults of the connection come back as
// the errors that net/http's own transport returns for them. Safe for
// concurrent use.
func (s *Service) Transport() http.RoundTripper { return transport{s} }

type transport struct{ svc *Service }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if ctx.Err() != nil {
		closeBody(r)
		return nil, context.Cause(ctx)
	}
	if err := t.svc.unusable(r); err != nil {
		closeBody(r)
		return nil, err
	}
	body, err := readBody(r.Body)
	closeBody(r)
	if err != nil {
		return nil, err
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	answer := t.svc.handle(ctx, asReceived(r), body)
	switch answer.wire {
	case wireGone:
		return nil, context.Cause(ctx)
	case wireReset:
		return nil, connectionError(syscall.ECONNRESET)
	case wireCloseEarly:
		return nil, io.EOF
	}
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	return response(r, answer), nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// readBody reads one byte more than is allowed at most.
func readBody(body io.Reader) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(body, MaxBodySize+1))
}

// asReceived is the request as a server would see it.
func asReceived(r *http.Request) *http.Request {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return &http.Request{
		Method:        r.Method,
		URL:           r.URL,
		RequestURI:    r.URL.RequestURI(),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.Header,
		Host:          host,
		ContentLength: r.ContentLength,
	}
}

func connectionError(errno syscall.Errno) error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errno)}
}

func response(r *http.Request, answer reply) *http.Response {
	header := answer.header()
	if answer.date.IsZero() {
		header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	header.Set("Content-Length", strconv.Itoa(len(answer.body)))
	var body io.ReadCloser = http.NoBody
	switch {
	case answer.wire == wireTruncate:
		body = &brokenBody{rest: answer.body[:answer.cut]}
	case len(answer.body) > 0:
		body = io.NopCloser(bytes.NewReader(answer.body))
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status)),
		StatusCode:    answer.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          body,
		ContentLength: int64(len(answer.body)),
		Request:       r,
	}
}

func (a reply) header() http.Header {
	header := http.Header{"X-Amzn-Requestid": {a.requestID}}
	if a.contentType != "" && len(a.body) > 0 {
		header["Content-Type"] = []string{a.contentType}
	}
	if !a.date.IsZero() {
		header["Date"] = []string{a.date.Format(http.TimeFormat)}
	}
	if a.errorType != "" {
		header["X-Amzn-Errortype"] = []string{a.errorType + a.errorSpace}
	}
	return header
}

// brokenBody is a body whose connection breaks off.
type brokenBody struct{ rest []byte }

func (b *brokenBody) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *brokenBody) Close() error { return nil }
