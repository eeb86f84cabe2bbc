package plain

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What only programmers understand.
var forProgrammers = regexp.MustCompile(`%!|0x|dial|\btcp|x509|tls:|exec:|http:|net/|goroutine|context|EOF|deadline|proxyconnect|strconv|json|\bnil\b|error`)

func TestConnection(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, c := range []struct {
		err  error
		want string
	}{
		{dial(syscall.ECONNREFUSED), "host:1 gave no answer (connection refused): check the network and the endpoint"},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: syscall.ECONNREFUSED}, "the proxy made no connection to host:1 (connection refused): check HTTPS_PROXY and HTTP_PROXY"},
		{errors.New("the proxy made no connection: status 403 Forbidden"), "the proxy made no connection to host:1 (status 403 Forbidden): check HTTPS_PROXY and HTTP_PROXY"},
		{dial(&net.DNSError{Name: "host"}), "the address host is not known: check the network and the endpoint"},
		{dial(&net.AddrError{Err: "invalid port", Addr: "99999"}), "host:1 gave no answer (there is no such address): check the network and the endpoint"},
		{dial(syscall.ENETUNREACH), "host:1 gave no answer (there is no network): check the network and the endpoint"},
		{syscall.ECONNRESET, "host:1 gave no answer (the connection was cut): check the network and the endpoint"},
		{io.EOF, "host:1 gave no answer (the connection was cut): check the network and the endpoint"},
		{fmt.Errorf("net/http: request canceled (%w)", context.DeadlineExceeded), "host:1 gave no answer (it took too long): check the network and the endpoint"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "host:1 gave no answer (its certificate is from an authority that this machine does not trust; AWS_CA_BUNDLE names others): check the network and the endpoint"},
		{&tls.CertificateVerificationError{Err: x509.HostnameError{}}, "host:1 gave no answer (its certificate is for another host): check the network and the endpoint"},
		{http.ErrSchemeMismatch, "host:1 gave no answer (it speaks http and not https): check the network and the endpoint"},
		{errors.New(`malformed HTTP response "SSH-2.0"`), "host:1 gave no answer (it speaks no http): check the network and the endpoint"},
		{fmt.Errorf("net/http: %w", errors.New("%!w(<nil>)")), "host:1 gave no answer (for a reason that has no name here): check the network and the endpoint"},
	} {
		got := connection(&url.Error{Op: "Post", URL: "https://host:1/path?secret", Err: c.err})
		if got != c.want || forProgrammers.MatchString(got) {
			t.Errorf("%v:\n%s\nwant\n%s", c.err, got, c.want)
		}
	}
}

// What net/http itself says has no words for programmers left either.
func TestConnectionForReal(t *testing.T) {
	t.Parallel()
	plainText := httptest.NewServer(http.NotFoundHandler())
	defer plainText.Close()
	private := httptest.NewTLSServer(http.NotFoundHandler())
	defer private.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	proxy := func(address string) func(*http.Request) (*url.URL, error) {
		u, err := url.Parse(address)
		return func(*http.Request) (*url.URL, error) { return u, err }
	}
	for _, c := range []struct {
		url   string
		proxy string
		want  string
	}{
		{"http://127.0.0.1:1", "", "(connection refused)"},
		{"http://127.0.0.1:99999", "", "(there is no such address)"},
		{strings.Replace(plainText.URL, "http:", "https:", 1), "", "(it speaks http and not https)"},
		{private.URL, "", "an authority that this machine does not trust"},
		{silent.URL, "", "(it took too long)"},
		{cut.URL, "", "(the connection was cut)"},
		{"https://example.invalid", "http://127.0.0.1:1", "the proxy made no connection to example.invalid (connection refused)"},
		{"https://example.invalid", "http://127.0.0.1:99999", "the proxy made no connection to example.invalid (there is no such address)"},
	} {
		transport := &http.Transport{}
		if c.proxy != "" {
			transport.Proxy = proxy(c.proxy)
		}
		client := http.Client{Transport: transport, Timeout: 2 * time.Second}
		answer, err := client.Get(c.url)
		if err == nil {
			answer.Body.Close()
			t.Errorf("%s gave an answer", c.url)
			continue
		}
		if got := connection(err); !strings.Contains(got, c.want) || forProgrammers.MatchString(got) {
			t.Errorf("%v:\n%s\nwant\n%s", err, got, c.want)
		}
		transport.CloseIdleConnections()
	}
}
