package plain

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
)

// connection says an error without an answer.
func connection(err error) string {
	var called *url.Error
	if !errors.As(err, &called) {
		return other(err)
	}
	host, checks := "the service", "the network and the endpoint"
	if u, parseErr := url.Parse(called.URL); parseErr == nil {
		host = u.Host
	}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect", strings.Contains(called.Err.Error(), "proxy"):
		return fmt.Sprintf("the proxy made no connection to %s (%s): check HTTPS_PROXY and HTTP_PROXY", host, strings.TrimPrefix(reason(called.Err), "the proxy made no connection: "))
	case errors.As(err, &dns):
		return fmt.Sprintf("the address %s is not known: check %s", dns.Name, checks)
	}
	return fmt.Sprintf("%s gave no answer (%s): check %s", host, reason(called.Err), checks)
}

// causes are the words for what is in the way of a connection.
var causes = []struct {
	err  error
	text string
}{
	{syscall.ECONNREFUSED, "connection refused"},
	{syscall.ECONNRESET, "the connection was cut"},
	{syscall.EPIPE, "the connection was cut"},
	{io.EOF, "the connection was cut"},
	{io.ErrUnexpectedEOF, "the connection was cut"},
	{syscall.EHOSTUNREACH, "there is no way to it"},
	{syscall.ENETUNREACH, "there is no network"},
	{http.ErrSchemeMismatch, "it speaks http and not https"},
	{os.ErrDeadlineExceeded, "it took too long"},
}

// reason says what is in the way of a connection.
func reason(err error) string {
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.text
		}
	}
	var timeout net.Error
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	var address *net.AddrError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it took too long"
	case errors.As(err, &authority):
		return "its certificate is from an authority that this machine does not trust; AWS_CA_BUNDLE names others"
	case errors.As(err, &name):
		return "its certificate is for another host"
	case errors.As(err, &invalid), errors.As(err, &certificate):
		return "its certificate is not valid"
	case errors.As(err, &record):
		return "it speaks no https"
	case errors.As(err, &dns):
		return "the address " + dns.Name + " is not known"
	case errors.As(err, &address):
		return "there is no such address"
	case strings.Contains(err.Error(), "malformed HTTP"):
		return "it speaks no http"
	}
	return other(err)
}

// other says an error of another kind. Its innermost text is for people only if
// it does not look like one for programmers.
func other(err error) string {
	text := last(err)
	for _, word := range []string{"%!", "0x", "context ", "net/", "net:", "tcp", "http:", "tls:", "x509", "exec:", "json:", "strconv", "invalid character", "*", "goroutine", "EOF", "nil"} {
		if strings.Contains(text, word) {
			return "for a reason that has no name here"
		}
	}
	return text
}

// last returns the innermost text of an error.
func last(err error) string {
	for {
		var next error
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			next = wrapper.Unwrap()
		case interface{ Unwrap() []error }:
			all := wrapper.Unwrap()
			next = all[len(all)-1]
		}
		if next == nil || next.Error() == "" {
			return err.Error()
		}
		err = next
	}
}
