package tests

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// proxyClient returns a client that goes through a proxy which answers each
// CONNECT, and how many it has answered.
func proxyClient(t *testing.T, target string, answer string, own bool) (*pc.Client, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 "+answer+"\r\nContent-Length: 0\r\n\r\n")
			}
			_ = conn.Close()
		}
	}()
	proxy, err := url.Parse("http://" + listener.Addr().String())
	require.NoError(t, err)
	var client pc.HTTPClient = &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
	if !own {
		client = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.Proxy = http.ProxyURL(proxy) })
	}
	return pc.New(pc.Options{Region: "us-east-1", Credentials: testCredentials, HTTPClient: client, BaseEndpoint: &target}, noBackoff), &asked
}

// Where nothing was sent the runner says so, and at once if repeating it cannot
// help.
func TestRunWithoutAConnectionThatRepeatingWouldBring(t *testing.T) {
	t.Parallel()
	served := func(t *testing.T) http.HandlerFunc {
		return func(http.ResponseWriter, *http.Request) { t.Error("a request has arrived") }
	}
	plain := func(base string) *pc.Client {
		return pc.New(pc.Options{Region: "us-east-1", Credentials: testCredentials, BaseEndpoint: &base}, noBackoff)
	}
	for name, make := range map[string]func(*testing.T) *pc.Client{
		"unknown authority": func(t *testing.T) *pc.Client {
			return plain(newNetwork(t, true, served(t)).URL)
		},
		"HTTP answered to TLS": func(t *testing.T) *pc.Client {
			return plain("https" + newNetwork(t, false, served(t)).URL[len("http"):])
		},
		"proxy asks for a password": func(t *testing.T) *pc.Client {
			client, asked := proxyClient(t, "https://service.invalid", "407 Proxy Authentication Required", false)
			t.Cleanup(func() { require.EqualValues(t, 2, asked.Load(), "one of the runner, one of the plain client") })
			return client
		},
		"proxy asks in words of its own": func(t *testing.T) *pc.Client {
			client, asked := proxyClient(t, "https://service.invalid", "407 who are you", false)
			t.Cleanup(func() { require.EqualValues(t, 2, asked.Load(), "one of the runner, one of the plain client") })
			return client
		},
		"proxy refuses": func(t *testing.T) *pc.Client {
			client, _ := proxyClient(t, "https://service.invalid", "403 Forbidden", false)
			return client
		},
		"proxy refuses a client of the caller's": func(t *testing.T) *pc.Client {
			client, asked := proxyClient(t, "https://service.invalid", "407 Proxy Authentication Required", true)
			t.Cleanup(func() { require.EqualValues(t, 2, asked.Load(), "one of the runner, one of the plain client") })
			return client
		},
		"proxy asks for a password without a tunnel": func(t *testing.T) *pc.Client {
			return plain(newNetwork(t, false, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusProxyAuthRequired)
			}).URL)
		},
		"certificate required": func(t *testing.T) *pc.Client {
			server := httptest.NewUnstartedServer(served(t))
			server.Config.ErrorLog = discard
			requireClientCert(server)
			t.Cleanup(server.Close)
			return pc.New(pc.Options{Region: "us-east-1", Credentials: testCredentials, HTTPClient: server.Client(), BaseEndpoint: &server.URL}, noBackoff)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := make(t)
			begin := time.Now()
			_, err := pc.NewRunner(client).Run(t.Context(), keyed(submission(1), "k"))
			requireState(t, err, pc.RunNotStarted)
			// What repeating may help is repeated for a minute.
			require.Less(t, time.Since(begin), 20*time.Second)
			_, plainErr := client.StartEngagementFromOpportunityTask(t.Context(), keyed(submission(1), "k"))
			require.Error(t, plainErr)
		})
	}
}

// A proxy that fails for the moment is tried again, and what is said is still
// that nothing was sent.
func TestRunBehindAProxyThatFails(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		client, asked := proxyClient(t, "https://service.invalid", "503 Service Unavailable", own)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			// The client asks three times, and then the runner pauses. An attempt that
			// is cancelled under way says something else.
			for asked.Load() < 3 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(400 * time.Millisecond)
			cancel()
		}()
		_, err := pc.NewRunner(client).Run(ctx, keyed(submission(1), "k"))
		cancel()
		requireState(t, err, pc.RunNotStarted)
		require.GreaterOrEqual(t, asked.Load(), int64(3))
	}
}

// A request that was written may have been received.
func TestRunWhoseRequestWasWritten(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	network := newNetwork(t, false, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	_, err := pc.NewRunner(network.client()).Run(ctx, keyed(submission(1), "k"))
	requireState(t, err, pc.RunMaybeStarted)
}

var discard = log.New(io.Discard, "", 0)

// requireClientCert starts a server that takes nobody without a certificate.
func requireClientCert(server *httptest.Server) {
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
}
