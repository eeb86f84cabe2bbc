package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// loopback is a server that answers as both services do.
type loopback struct {
	*httptest.Server
	answer      string // to ours
	connections atomic.Int64
}

func newLoopback(secure bool, answer string) *loopback {
	l := &loopback{answer: answer}
	l.Server = httptest.NewUnstartedServer(http.HandlerFunc(l.serve))
	l.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			l.connections.Add(1)
		}
	}
	if secure {
		l.StartTLS()
	} else {
		l.Start()
	}
	return l
}

func (l *loopback) serve(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	answer := moveAnswer
	if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AWSPartnerCentralSelling.") {
		answer = l.answer
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/x-amz-json-1.0"}
	h["X-Amzn-Requestid"] = []string{"0b7c0f0e-1111-4222-8333-444455556666"}
	h["Content-Length"] = []string{strconv.Itoa(len(answer))}
	_, _ = io.WriteString(w, answer)
}

func (l *loopback) roots() *x509.CertPool {
	if l.TLS == nil {
		return nil
	}
	return l.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
}

// client is the SDK's HTTP client with its defaults, as both kinds of client
// have it, which trusts the server.
func (l *loopback) client() *awshttp.BuildableClient {
	client := awshttp.NewBuildableClient()
	if l.TLS == nil {
		return client
	}
	return client.WithTransportOptions(func(t *http.Transport) { t.TLSClientConfig.RootCAs = l.roots() })
}

// plain sends a prepared body with prepared headers, and reads the answer without
// reading it: what net/http itself costs.
func (l *loopback) plain() caller {
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 100,
		TLSClientConfig:     &tls.Config{RootCAs: l.roots(), MinVersion: tls.VersionTLS12},
	}}
	body := []byte(`{"AwsSubmission":{"InvolvementType":"Co-Sell","Visibility":"Full"},"Catalog":"Sandbox","ClientToken":"0b7c0f0e-1111-4222-8333-444455556666","Identifier":"O1234567"}`)
	header := prepared()
	header["X-Amz-Date"] = []string{"20260801T120000Z"}
	header["X-Amz-Security-Token"] = []string{"IQoJb3JpZ2luX2VjEXAMPLETOKEN"}
	header["Authorization"] = []string{"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260801/us-east-1/partnercentral-selling/aws4_request, SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=" + strings.Repeat("0", 64)}
	return func(ctx context.Context) error {
		_, err := post(ctx, client, l.URL, body, func(req *http.Request) error {
			req.Header = header
			return nil
		})
		return err
	}
}

func (l *loopback) contenders() []contender {
	return []contender{
		{"ours", ours(l.client(), l.URL)},
		{"official", official(l.client(), l.URL)},
		{"net/http", l.plain()},
		{"bare", bare(l.client(), l.URL)},
	}
}

func measureLoopback(s settings) ([]row, error) {
	var rows []row
	for _, setup := range []struct {
		name    string
		secure  bool
		answer  string
		callers []int
		goal    string
	}{
		{"", false, runningAnswer, []int{1, 16}, "at least 1.50x"},
		{"", false, runningAnswer, []int{64}, ""},
		{", TLS", true, runningAnswer, []int{1, 16, 64}, ""},
		{", ten members", false, endedAnswer, []int{1, 16}, ""},
	} {
		for _, callers := range setup.callers {
			l := newLoopback(setup.secure, setup.answer)
			more, err := l.measure(s, fmt.Sprintf("%d callers%s", callers, setup.name), callers, setup.goal)
			l.Close()
			if err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

func (l *loopback) measure(s settings, name string, callers int, goal string) ([]row, error) {
	contenders := l.contenders()
	opened := make([]int64, len(contenders))
	samples := make([][]sample, len(contenders))
	for run := range s.runs {
		for i := range contenders {
			i = (i + run) % len(contenders)
			before := l.connections.Load()
			got, err := measure(contenders[i].call, callers, s.duration)
			if err != nil {
				return nil, err
			}
			opened[i] += l.connections.Load() - before
			samples[i] = append(samples[i], got)
		}
	}

	connections := row{quantity: name + ": new connections per 1000 calls"}
	for i, c := range contenders {
		calls := 0.0
		for _, s := range samples[i] {
			calls += s.calls
		}
		connections.contenders = append(connections.contenders, c.name)
		connections.samples = append(connections.samples, []float64{1000 * float64(opened[i]) / calls})
	}
	return []row{
		newRow(name+": throughput", "/s", goal, contenders, samples, func(s sample) float64 { return s.perSecond }),
		newRow(name+": processor time", "µs", "", contenders, samples, func(s sample) float64 { return s.cpu }),
		connections,
	}, nil
}
