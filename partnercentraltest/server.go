package partnercentraltest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/cosell-dev/partnercentral-go"
)

// ServeHTTP makes the service an http.Handler for any server of Go. Faults that
// break a connection need one that can be hijacked; over HTTP/2 they reset the
// stream. Safe for concurrent use.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.config.admin && (strings.HasPrefix(r.URL.Path, adminPrefix) || r.URL.Path+"/" == adminPrefix) {
		body, ok := received(w, r)
		if ok && len(body) > MaxBodySize {
			writeJSON(w, http.StatusRequestEntityTooLarge, map[string]string{"error": fmt.Sprintf("the body is longer than %d bytes", MaxBodySize)})
		} else if ok {
			r.Body = io.NopCloser(bytes.NewReader(body))
			s.serveAdmin(w, r)
		}
		return
	}
	if err := s.unusable(r); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	body, ok := received(w, r)
	if !ok {
		return
	}
	answer := s.handle(r.Context(), r, body)
	switch answer.wire {
	case wireReset, wireCloseEarly:
		breakOff(w, answer.wire)
		return
	case wireGone:
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.header())
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	if answer.wire == wireTruncate {
		w.Write(answer.body[:answer.cut])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(answer.body)
}

const (
	// bodyTimeout is how long a request's body may take to come.
	bodyTimeout = 30 * time.Second
	// drained is how much of a body that is too large is still read, since many
	// clients read no answer before they have sent all.
	drained = 256 << 20
)

// received reads the body of a request, or answers it where the body does not
// come.
func received(w http.ResponseWriter, r *http.Request) (body []byte, ok bool) {
	body, err := receive(w, r)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		http.Error(w, fmt.Sprintf("partnercentraltest: the body did not come within %v", bodyTimeout), http.StatusRequestTimeout)
		return nil, false
	case err != nil:
		panic(http.ErrAbortHandler) // the caller left in the middle of its request
	}
	return body, true
}

// receive reads the body of a request, in time. The deadline is lifted
// afterwards: a call may wait for longer on a fault.
func receive(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	connection := http.NewResponseController(w)
	connection.SetReadDeadline(time.Now().Add(bodyTimeout)) // where it can be set
	if r.ContentLength > MaxBodySize && r.Header.Get("Expect") != "" {
		return make([]byte, MaxBodySize+1), nil // refused before it is sent
	}
	body, err := readBody(r.Body)
	if err == nil && len(body) > MaxBodySize {
		_, err = io.CopyN(io.Discard, r.Body, drained)
		if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err == nil {
		connection.SetReadDeadline(time.Time{}) // else the server waits for the rest
	}
	return body, err
}

func breakOff(w http.ResponseWriter, how wire) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if how == wireReset {
		raw := connection
		if secure, ok := raw.(*tls.Conn); ok {
			raw = secure.NetConn()
		}
		if tcp, ok := raw.(*net.TCPConn); ok {
			tcp.SetLinger(0) // closing sends RST in place of FIN
			raw.Close()
			return
		}
	}
	connection.Close()
}

// Server is a service that listens on a port of the loopback interface.
type Server struct {
	// URL is where it listens, such as http://127.0.0.1:40123.
	URL string

	svc    *Service
	server *http.Server
	stop   context.CancelFunc
	served chan struct{}
}

// Listen opens the service on a free port of 127.0.0.1, over plain HTTP, for
// other processes and SDKs. The server ends with Close, its own or the
// service's. Not for synctest bubbles: use Transport there.
//
// Listen panics when there is no port to be had.
func (s *Service) Listen() *Server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("partnercentraltest: " + err.Error())
	}
	ctx, stop := context.WithCancel(context.Background())
	server := &Server{
		URL:  "http://" + listener.Addr().String(),
		svc:  s,
		stop: stop,
		server: &http.Server{
			Handler:           s,
			ReadHeaderTimeout: 10 * time.Second,
			BaseContext:       func(net.Listener) context.Context { return ctx },
		},
		served: make(chan struct{}),
	}
	go func() {
		defer close(server.served)
		server.server.Serve(listener) // ends with Close
	}()
	s.mu.Lock()
	s.servers = append(s.servers, server)
	s.mu.Unlock()
	return server
}

// Client returns the real client, talking to this server over its socket, with
// the credentials of the service. The option functions come last.
func (s *Server) Client(optFns ...func(*partnercentral.Options)) *partnercentral.Client {
	options := s.svc.clientOptions(s.svc.homeID())
	options.BaseEndpoint = aws.String(s.URL)
	options.HTTPClient = nil
	return partnercentral.New(options, optFns...)
}

// Close breaks off all calls and closes the port. It may be called again.
func (s *Server) Close() {
	s.stop()
	s.server.Close()
	<-s.served
}
