package stack

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	// ownHeaders is how many headers a request has before the retry loop.
	ownHeaders = 4
	// headerRoom is how many it has in the end.
	headerRoom = 8
)

func requestOf(v any) (*smithyhttp.Request, error) {
	req, ok := v.(*smithyhttp.Request)
	if !ok {
		return nil, fmt.Errorf("unexpected transport type %T", v)
	}
	return req, nil
}

// cloneRequest copies the request for an attempt. URL, headers and their values
// are the attempt's own: signer and middlewares write to them.
func cloneRequest(v any) any {
	from, ok := v.(*smithyhttp.Request)
	if !ok {
		return v
	}
	if r := from.Request; r.URL == nil || r.Body != nil || r.Trailer != nil || r.TransferEncoding != nil || r.Form != nil || r.MultipartForm != nil {
		// Set by a middleware of the caller's; rare.
		return from.Clone()
	}
	to := &struct {
		smithy smithyhttp.Request
		http   http.Request
		url    url.URL
		values [ownHeaders]string
	}{smithy: *from, http: *from.Request, url: *from.URL}
	to.smithy.Request = &to.http
	to.http.URL = &to.url
	to.http.Header = cloneHeader(from.Header, to.values[:0])
	return &to.smithy
}

// cloneHeader copies headers, their values one behind the other into room. If
// it is too small there is more; each value has a capacity of its own.
func cloneHeader(from http.Header, room []string) http.Header {
	to := make(http.Header, headerRoom)
	for key, values := range from {
		if len(room)+len(values) > cap(room) {
			room = make([]string, 0, len(values)+ownHeaders)
		}
		start := len(room)
		room = append(room, values...)
		to[key] = room[start:len(room):len(room)]
	}
	return to
}

// fresh returns a reader of what is left of a stream, if the stream is in memory.
// What the stream itself has read does not change.
func fresh(c *call, stream io.Reader) (io.ReadCloser, bool) {
	r, ok := stream.(*bytes.Reader)
	if !ok || r.Len() == 0 {
		return nil, false
	}
	var body []byte
	if c != nil && r == c.stream {
		body = c.body[len(c.body)-r.Len():]
	} else {
		body = make([]byte, r.Len())
		if _, err := r.ReadAt(body, r.Size()-int64(r.Len())); err != nil {
			return nil, false
		}
	}
	return io.NopCloser(c.newBody(body)), true
}

// attach gives a request a body that net/http knows to be in memory: it is then
// sent in one write with the headers. It sets no GetBody, with which net/http
// would send the request again to wherever a redirect points: what was signed for
// one host goes to that host. A connection that turns out to be closed therefore
// costs an attempt of the retry loop.
func attach(c *call, hr *http.Request, stream io.Reader) bool {
	body, ok := fresh(c, stream)
	if !ok || hr.ContentLength == 0 {
		return false
	}
	hr.Body, hr.GetBody = body, nil
	return true
}
