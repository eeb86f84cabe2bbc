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
// without tokens, bodies and signatures. SIGTERM and interrupt end the server.
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
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "partnercentral-fake:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	listen      string
	tls         bool
	certOut     string
	seed        uint64
	quotas      bool
	writeRate   float64
	readRate    float64
	script      string
	admin       bool
	clock       string
	duration    time.Duration
	record      int
	credentials pairs
	unsigned    bool
	quiet       bool
}

// pairs is a repeatable flag of the form id:secret.
type pairs [][2]string

func (p *pairs) String() string { return "" } // no secrets in the usage text

func (p *pairs) Set(text string) error {
	id, secret, ok := strings.Cut(text, ":")
	if !ok || id == "" || secret == "" {
		return errors.New("it has the form ACCESSKEYID:SECRET")
	}
	*p = append(*p, [2]string{id, secret})
	return nil
}

func parseFlags(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("partnercentral-fake", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8443", "address to listen on; port 0 takes a free one")
	flags.BoolVar(&s.tls, "tls", false, "serve HTTPS, with a certificate that is made at the start")
	flags.StringVar(&s.certOut, "tls-cert-out", "", "file to write the certificate to, in PEM, for clients to trust")
	flags.Uint64Var(&s.seed, "seed", 1, "seed of the ids that are given out")
	flags.BoolVar(&s.quotas, "quotas", false, "hold each account to the documented quotas, 1 write and 10 reads a second")
	flags.Float64Var(&s.writeRate, "write-rate", 0, "writes a second of each account, in place of -quotas; 0 is no limit")
	flags.Float64Var(&s.readRate, "read-rate", 0, "reads a second of each account, in place of -quotas; 0 is no limit")
	flags.StringVar(&s.script, "script", "", "JSON file with outcomes and faults for every account")
	flags.BoolVar(&s.admin, "admin", false, "open the interface under /_fake/ to whoever reaches the port")
	flags.StringVar(&s.clock, "clock", "real", "real, manual (stands still, see -admin) or a factor such as 60")
	flags.DurationVar(&s.duration, "duration", fake.DefaultDuration, "how long tasks take that no script is for")
	flags.IntVar(&s.record, "record", 10000, "calls of each account that are kept; 0 keeps all")
	flags.Var(&s.credentials, "credentials", "ACCESSKEYID:SECRET to let in, repeatable; without it every id with the default secret")
	flags.BoolVar(&s.unsigned, "no-signatures", false, "accept calls that are not signed, or wrongly")
	flags.BoolVar(&s.quiet, "quiet", false, "print no line for each call")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.writeRate < 0 || s.readRate < 0 || s.duration < 0 || s.record < 0:
		return nil, errors.New("-write-rate, -read-rate, -duration and -record can not be negative")
	case s.quotas && (s.writeRate != 0 || s.readRate != 0):
		return nil, errors.New("-quotas goes without -write-rate and -read-rate")
	case s.certOut != "" && !s.tls:
		return nil, errors.New("-tls-cert-out goes with -tls")
	}
	return s, nil
}

// run serves until ctx ends, and returns nil after a clean end.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	out := &lines{w: stdout}
	svc, err := s.service(out)
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
	out.printf("listening on %s://%s", scheme, listener.Addr())
	if len(s.credentials) == 0 && !s.unsigned {
		out.printf("sign with access key id %s (or any other, for an account of its own) and secret %s", fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey)
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

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// service makes the fake that the flags describe.
func (s *settings) service(out *lines) (*fake.Service, error) {
	options := []fake.Option{fake.WithSeed(s.seed), fake.WithDuration(s.duration), fake.WithRecordLimit(s.record)}
	if s.quotas {
		options = append(options, fake.WithQuotas(fake.DefaultQuotas()))
	} else {
		options = append(options, fake.WithQuotas(fake.Quotas{WritesPerSecond: s.writeRate, ReadsPerSecond: s.readRate}))
	}
	if s.admin {
		options = append(options, fake.WithAdmin())
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
	switch s.clock {
	case "real":
	case "manual":
		svc.SetClockSpeed(0)
	default:
		factor, err := strconv.ParseFloat(s.clock, 64)
		if err != nil || factor < 0 || factor > 1e6 {
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

// serve answers until ctx ends. Calls that wait, as a stalled one does, are then
// broken off; all others get their answers.
func serve(ctx context.Context, svc *fake.Service, listener net.Listener, stderr io.Writer) error {
	calls, cancel := context.WithCancel(context.Background())
	defer cancel()
	server := &http.Server{
		Handler:           svc,
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
	patience, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	if err := server.Shutdown(patience); err != nil {
		server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
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
