package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// settings are the flags.
type settings struct {
	listen      string
	tls         bool
	certOut     string
	tlsHosts    list
	adminHosts  list
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
	lenient     bool
	events      string
	delivery    fake.EventDelivery
	quiet       bool
	version     bool
}

// usageError is a mistake in the flags.
type usageError struct{ error }

func (e usageError) Error() string { return e.error.Error() + " (-help lists the flags)" }

func (e usageError) Unwrap() error { return e.error }

// list is a repeatable flag.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(text string) error {
	if text == "" {
		return errors.New("it is a host name or an IP address")
	}
	*l = append(*l, text)
	return nil
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

// parseFlags reads the flags, or prints what they are and returns flag.ErrHelp.
func parseFlags(args []string, stdout io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("partnercentral-fake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints errors, once
	flags.Usage = func() {}
	s.define(flags)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stdout, "partnercentral-fake serves the task operations of AWS Partner Central, to test against.\n\n")
			flags.SetOutput(stdout)
			flags.PrintDefaults()
		}
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.duration < 0 || s.record < 0:
		return nil, errors.New("-duration and -record can not be negative")
	case !(s.writeRate >= 0 && s.writeRate <= 1e6) || !(s.readRate >= 0 && s.readRate <= 1e6):
		return nil, errors.New("-write-rate and -read-rate are from 0 to 1000000, and can not be negative")
	case s.quotas && (s.writeRate != 0 || s.readRate != 0):
		return nil, errors.New("-quotas goes without -write-rate and -read-rate")
	case s.certOut != "" && !s.tls:
		return nil, errors.New("-tls-cert-out goes with -tls")
	case s.adminHosts != nil && !s.admin:
		return nil, errors.New("-admin-host goes with -admin")
	case s.events == "" && s.delivery != (fake.EventDelivery{}):
		return nil, errors.New("-events-delay, -events-jitter, -events-duplicates and -events-losses go with -events")
	case s.tlsHosts != nil && !s.tls:
		return nil, errors.New("-tls-host goes with -tls")
	}
	return s, nil
}

func (s *settings) define(flags *flag.FlagSet) {
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8443", "`address` to listen on; port 0 takes a free one")
	flags.BoolVar(&s.tls, "tls", false, "serve HTTPS, with a certificate made at the start")
	flags.StringVar(&s.certOut, "tls-cert-out", "", "`file` to write the certificate to, in PEM, for clients to trust")
	flags.Var(&s.tlsHosts, "tls-host", "`name` or IP address that the certificate is for, beside localhost and that of -listen; repeatable")
	flags.Uint64Var(&s.seed, "seed", 1, "seed for generated ids")
	flags.BoolVar(&s.quotas, "quotas", false, "hold each account to the documented quotas, 1 write and 10 reads a second")
	flags.Float64Var(&s.writeRate, "write-rate", 0, "writes per second of each account, in place of -quotas; 0 is no limit")
	flags.Float64Var(&s.readRate, "read-rate", 0, "reads per second of each account, in place of -quotas; 0 is no limit")
	flags.StringVar(&s.script, "script", "", "JSON `file` with outcomes, faults and answers for every account")
	flags.BoolVar(&s.admin, "admin", false, "serve the admin interface under /_fake/ to anybody who reaches the port")
	flags.Var(&s.adminHosts, "admin-host", "host `name` under which /_fake/ is served, besides those of -tls-host; repeatable")
	flags.StringVar(&s.clock, "clock", "real", "real, manual (stands still until -admin moves it), or a factor such as 60")
	flags.DurationVar(&s.duration, "duration", fake.DefaultDuration, "how long a task takes that has no script")
	flags.IntVar(&s.record, "record", 10000, "number of calls kept for each account; 0 keeps all")
	flags.Var(&s.credentials, "credentials", "accept only `ACCESSKEYID:SECRET`; repeatable. Without it any id with the default secret is accepted")
	flags.BoolVar(&s.unsigned, "no-signatures", false, "accept calls that are unsigned or wrongly signed")
	flags.BoolVar(&s.lenient, "lenient", false, "accept members in requests that the service's model does not have")
	flags.StringVar(&s.events, "events", "", "`file` to write what EventBridge would say to, a line an event, or http:// or https:// address to post it to")
	flags.DurationVar(&s.delivery.Delay, "events-delay", 0, "delay of an event after its effect")
	flags.DurationVar(&s.delivery.Jitter, "events-jitter", 0, "random addition to the delay, so that events overtake each other")
	flags.Float64Var(&s.delivery.Duplicates, "events-duplicates", 0, "share of the events that are sent twice, from 0 to 1")
	flags.Float64Var(&s.delivery.Losses, "events-losses", 0, "share of the events that are lost, from 0 to 1")
	flags.BoolVar(&s.quiet, "quiet", false, "do not print a line for each call")
	flags.BoolVar(&s.version, "version", false, "print the version and end")
}
