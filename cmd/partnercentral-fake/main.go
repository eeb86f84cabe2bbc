// Command partnercentral-fake is the fake of package partnercentraltest as a
// server: AWS SDKs in any language, the AWS CLI and programs built on them take
// it for the task operations of AWS Partner Central.
//
//	partnercentral-fake -listen 127.0.0.1:8443
//	AWS_ACCESS_KEY_ID=FAKEPARTNERCENTRAL01 AWS_SECRET_ACCESS_KEY=partnercentral-fake-secret \
//	  aws partnercentral-selling list-engagement-from-opportunity-tasks \
//	  --region us-east-1 --endpoint-url http://127.0.0.1:8443 --catalog Sandbox
//
// Every access key id is an account of its own, as long as it signs with the
// secret above; -credentials lets in others. One line is printed for each call,
// without tokens, bodies and signatures. GET /_fake/ready answers as soon as the
// server does. SIGTERM and interrupt end the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "partnercentral-fake:", err)
		var usage usageError
		if errors.As(err, &usage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// run serves until ctx ends, and returns nil after a clean end.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parseFlags(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return usageError{err}
	case s.version:
		fmt.Fprintln(stdout, "partnercentral-fake", version())
		return nil
	}
	out := &lines{w: stdout}
	say, closeEvents, err := s.listener(stderr)
	if err != nil {
		return err
	}
	defer closeEvents()
	svc, err := s.service(out, say)
	if err != nil {
		return err
	}
	defer svc.Close()
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return err
	}
	scheme := "http"
	if s.tls {
		scheme = "https"
		if listener, err = s.secure(listener); err != nil {
			return err
		}
	}
	out.printf("listening on %s://%s", scheme, s.address(listener.Addr()))
	if len(s.credentials) == 0 && !s.unsigned {
		out.printf("sign with access key id %s (or any other, for an account of its own) and secret %s", fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey)
	}
	if !s.quiet {
		out.printf("%s", fake.CallHeader())
	}
	if host, _, err := net.SplitHostPort(s.listen); err == nil && !loopback(host) {
		fmt.Fprintln(stderr, "partnercentral-fake: warning:", s.listen, "can be reached from other machines")
	}
	if err := serve(ctx, svc, listener, stderr); err != nil {
		return err
	}
	for _, line := range svc.Leftovers() {
		out.printf("unused: %s", line)
	}
	out.printf("stopped")
	return nil
}

// address is what a client on this machine calls the server by: where it listens
// on all addresses, one of them.
func (s *settings) address(at net.Addr) string {
	host, port, err := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return at.String()
	}
	host = "127.0.0.1"
	if len(s.tlsHosts) > 0 {
		host = s.tlsHosts[0]
	}
	return net.JoinHostPort(host, port)
}

// version is that of the module and of Go, as the build has recorded them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version + " " + info.GoVersion
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// listener returns what events are said to, or nil, and what closes it.
func (s *settings) listener(stderr io.Writer) (say func([]byte), end func() error, err error) {
	failed := func(err error) { fmt.Fprintln(stderr, "partnercentral-fake:", err) }
	switch address, err := url.Parse(s.events); {
	case s.events == "":
		return nil, func() error { return nil }, nil
	case err == nil && (address.Scheme == "http" || address.Scheme == "https"):
		if address.Host == "" {
			return nil, nil, fmt.Errorf("-events: %q has no host", s.events)
		}
		return fake.PostEvents(s.events, failed), func() error { return nil }, nil
	}
	file, err := os.Create(s.events)
	if err != nil {
		return nil, nil, err
	}
	return fake.WriteEvents(file, failed), file.Close, nil
}

// service makes the fake that the flags describe.
func (s *settings) service(out *lines, say func([]byte)) (*fake.Service, error) {
	options := []fake.Option{fake.WithSeed(s.seed), fake.WithDuration(s.duration), fake.WithRecordLimit(s.record)}
	if s.quotas {
		options = append(options, fake.WithQuotas(fake.DefaultQuotas()))
	} else {
		options = append(options, fake.WithQuotas(fake.Quotas{WritesPerSecond: s.writeRate, ReadsPerSecond: s.readRate}))
	}
	if s.admin {
		options = append(options, fake.WithAdmin(append(s.adminHosts, s.tlsHosts...)...))
	}
	if s.lenient {
		options = append(options, fake.Lenient())
	}
	if say != nil {
		options = append(options, fake.WithEvents(say, s.delivery))
	}
	if s.unsigned {
		options = append(options, fake.WithoutSignatures())
	}
	for _, pair := range s.credentials {
		options = append(options, fake.WithCredentials(pair[0], pair[1]))
	}
	if !s.quiet {
		options = append(options, fake.WithCallLog(func(c fake.Call) { out.printf("%s", c) }))
	}
	svc := fake.NewService(options...)
	if err := svc.Err(); err != nil {
		return nil, err
	}
	switch s.clock {
	case "real":
	case "manual":
		svc.SetClockSpeed(0)
	default:
		factor, err := strconv.ParseFloat(s.clock, 64)
		if err != nil || !(factor >= 0 && factor <= 1e6) {
			return nil, fmt.Errorf("-clock is real, manual or a factor from 0 to 1000000, not %q", s.clock)
		}
		svc.SetClockSpeed(factor)
	}
	if s.script != "" {
		file, err := os.Open(s.script)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if err := svc.Load(file); err != nil {
			return nil, fmt.Errorf("%s: %w", s.script, err)
		}
	}
	return svc, nil
}

// patience is how long the server waits for answers that are on their way when
// it is told to end.
const patience = 500 * time.Millisecond

// serve answers until ctx ends. Calls that wait, as a stalled one does, are then
// broken off; all others get their answers.
func serve(ctx context.Context, svc *fake.Service, listener net.Listener, stderr io.Writer) error {
	calls, cancel := context.WithCancel(context.Background())
	defer cancel()
	server := &http.Server{
		Handler:           ready(svc),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          log.New(stderr, "partnercentral-fake: ", 0),
		BaseContext:       func(net.Listener) context.Context { return calls },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	cancel()
	answering, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	if err := server.Shutdown(answering); err != nil {
		server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ready answers /_fake/ready, for whoever waits until the server is up; also
// without -admin.
func ready(svc http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_fake/ready" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			io.WriteString(w, "ready\n")
			return
		}
		svc.ServeHTTP(w, r)
	})
}

// lines prints whole lines from many goroutines.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, format+"\n", args...)
}
