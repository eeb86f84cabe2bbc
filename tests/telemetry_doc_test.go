package tests

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// told collects every span and metric that it is told of, with the attributes
// that each had at any time.
type told struct {
	mu         sync.Mutex
	attributes map[string]map[string]bool // by span or metric
	units      map[string]string          // "kind, unit" by metric
}

func newTold() *told {
	return &told{attributes: map[string]map[string]bool{}, units: map[string]string{}}
}

func (r *told) add(name string, attributes map[any]any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.attributes[name] == nil {
		r.attributes[name] = map[string]bool{}
	}
	for key := range attributes {
		r.attributes[name][key.(string)] = true
	}
}

func (r *told) Tracer(string, ...tracing.TracerOption) tracing.Tracer { return r }

func (r *told) StartSpan(ctx context.Context, name string, fns ...tracing.SpanOption) (context.Context, tracing.Span) {
	var o tracing.SpanOptions
	for _, fn := range fns {
		fn(&o)
	}
	name = regexp.MustCompile(`^(PartnerCentral Selling)\.\w+$`).ReplaceAllString(name, "$1.<operation>")
	r.add(name, o.Properties.Values())
	span := &toldSpan{r, name}
	return tracing.WithSpan(ctx, span), span
}

type toldSpan struct {
	r    *told
	name string
}

func (s *toldSpan) Name() string                                   { return s.name }
func (s *toldSpan) Context() tracing.SpanContext                   { return tracing.SpanContext{} }
func (s *toldSpan) AddEvent(string, ...tracing.EventOption)        {}
func (s *toldSpan) SetStatus(tracing.SpanStatus)                   {}
func (s *toldSpan) SetProperty(key, _ any)                         { s.r.add(s.name, map[any]any{key: nil}) }
func (s *toldSpan) End()                                           {}
func (r *told) Meter(string, ...metrics.MeterOption) metrics.Meter { return toldMeter{nil, r} }

// toldMeter makes the instruments that are in use. Any other is a nil call.
type toldMeter struct {
	metrics.Meter
	r *told
}

func (m toldMeter) instrument(kind, name string, fns []metrics.InstrumentOption) (toldInstrument, error) {
	var o metrics.InstrumentOptions
	for _, fn := range fns {
		fn(&o)
	}
	m.r.mu.Lock()
	defer m.r.mu.Unlock()
	m.r.units[name] = kind + ", " + o.UnitLabel
	return toldInstrument{m.r, name}, nil
}

func (m toldMeter) Int64Counter(name string, fns ...metrics.InstrumentOption) (metrics.Int64Counter, error) {
	return m.instrument("counter", name, fns)
}

func (m toldMeter) Int64UpDownCounter(name string, fns ...metrics.InstrumentOption) (metrics.Int64UpDownCounter, error) {
	return m.instrument("up and down", name, fns)
}

func (m toldMeter) Float64Histogram(name string, fns ...metrics.InstrumentOption) (metrics.Float64Histogram, error) {
	return m.instrument("histogram", name, fns)
}

type toldInstrument struct {
	r    *told
	name string
}

func (i toldInstrument) Add(_ context.Context, _ int64, fns ...metrics.RecordMetricOption) {
	i.record(fns)
}

func (i toldInstrument) Record(_ context.Context, _ float64, fns ...metrics.RecordMetricOption) {
	i.record(fns)
}

func (i toldInstrument) record(fns []metrics.RecordMetricOption) {
	var o metrics.RecordMetricOptions
	for _, fn := range fns {
		fn(&o)
	}
	i.r.add(i.name, o.Properties.Values())
}

// docs/telemetry.md has every span and every metric, with the attributes and
// the units that they have, and none besides.
func TestTelemetryPage(t *testing.T) {
	r := newTold()
	tellEverything(t, r)
	raw, err := os.ReadFile("../docs/telemetry.md")
	require.NoError(t, err)
	page := string(raw)

	spans, metrics, _ := strings.Cut(page, "\n## Metrics\n")
	documented := rows(t, spans, 3)
	require.NotEmpty(t, documented)
	units := map[string]string{}
	for name, cells := range rows(t, metrics, 4) {
		units[name] = cells[1]
		documented[name] = []string{name, cells[2]}
	}

	require.Equal(t, r.units, units)
	var names []string
	for name, attributes := range r.attributes {
		names = append(names, name)
		cells, ok := documented[name]
		require.True(t, ok, "%s is not on the page, with %v", name, attributes)
		require.Equal(t, sorted(attributes), quoted(cells[1]), "attributes of %s", name)
	}
	for name := range documented {
		require.Contains(t, names, name, "on the page, and never told")
	}
}

// rows returns the rows of the tables of a text with so many columns, whose
// first cell is a name in backticks, by that name.
func rows(t *testing.T, text string, columns int) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if name, ok := strings.CutPrefix(strings.TrimSpace(cells[0]), "`"); ok && len(cells) == columns {
			name = strings.TrimSuffix(name, "`")
			require.NotContains(t, found, name, "twice on the page")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			found[name] = cells
		}
	}
	return found
}

func quoted(cell string) []string {
	var names []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}

func sorted(set map[string]bool) []string {
	var names []string
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// tellEverything makes calls, polls and errors of every sort.
func tellEverything(t *testing.T, r *told) {
	tellConnections(t, r)
	synctest.Test(t, func(t *testing.T) { tellWaits(t, r) })
}

func startFor(ctx context.Context, client *pc.Client, opportunity string) (pc.Task, error) {
	out, err := client.StartEngagementFromOpportunityTask(ctx, &pc.StartEngagementFromOpportunityTaskInput{
		Catalog: aws.String(pc.CatalogSandbox), Identifier: aws.String(opportunity),
		AwsSubmission: &pc.AwsSubmission{InvolvementType: pc.SalesInvolvementTypeCoSell},
	})
	if err != nil {
		return pc.Task{}, err
	}
	return out.Task(), nil
}

// tellConnections makes a call that is retried, and one that fails, over real
// connections, since those have metrics of their own.
func tellConnections(t *testing.T, r *told) {
	svc := fake.NewService()
	defer svc.Close()
	server := httptest.NewTLSServer(svc)
	defer server.Close()
	svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Nth(1), fake.Empty(500))
	svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Nth(3), fake.Error(400, "ConflictException", "no"))

	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	client := svc.Client(noBackoff, func(o *pc.Options) {
		// A name, so that it is looked up.
		o.BaseEndpoint = aws.String(strings.Replace(server.URL, "127.0.0.1", "localhost", 1))
		o.HTTPClient = &http.Client{Transport: transport}
		o.TracerProvider, o.MeterProvider = r, r
	})
	_, err := startFor(t.Context(), client, "O1234567")
	require.NoError(t, err)
	_, err = startFor(t.Context(), client, "O1234567")
	require.Error(t, err)
}

// tellWaits waits for one task alone and for two at once, and makes a call whose
// context ends while it waits for the quota.
func tellWaits(t *testing.T, r *told) {
	svc := fake.New(t, fake.WithDefaultOutcome(fake.After(30*time.Second, fake.Complete())))
	client := svc.Client(func(o *pc.Options) {
		o.TracerProvider, o.MeterProvider = r, r
		o.Quota = pc.NewQuota()
	})
	waiter := pc.NewTaskWaiter(client)
	defer waiter.Close()
	var waits sync.WaitGroup
	for range 2 {
		task, err := startFor(t.Context(), client, "O1234567")
		require.NoError(t, err)
		waits.Go(func() {
			_, err := waiter.Wait(t.Context(), task, time.Hour)
			assert.NoError(t, err)
		})
	}
	waits.Wait()
	var err error
	for err == nil {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, err = startFor(ctx, client, "O1234567")
		cancel()
	}
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
