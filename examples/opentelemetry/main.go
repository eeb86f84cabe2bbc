// The opentelemetry program submits three opportunities and waits for them, with
// the traces and metrics of client and waiter handed to OpenTelemetry by the
// adapter in tracing.go and metrics.go. It runs on the fake service and prints
// the spans of a trace and the metrics; a real program has an OTLP exporter in
// place of printed.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	spans := &printed{}
	traces := trace.NewTracerProvider(trace.WithBatcher(spans))
	reader := metric.NewManualReader()
	meters := metric.NewMeterProvider(metric.WithReader(reader))

	svc := partnercentraltest.NewService(partnercentraltest.WithDefaultOutcome(
		partnercentraltest.After(time.Second, partnercentraltest.Complete())))
	defer svc.Close()
	client := svc.Client(func(o *partnercentral.Options) {
		o.TracerProvider = tracerProvider{traces}
		o.MeterProvider = meterProvider{meters}
	})
	waiter := partnercentral.NewTaskWaiter(client)

	// One after another, each in a trace of its own; a wait that is alone is part
	// of its caller's trace.
	for _, opportunity := range []string{"O0000001", "O0000002", "O0000003"} {
		ctx, span := traces.Tracer("crm").Start(ctx, "submit "+opportunity)
		task, err := submit(ctx, client, waiter, opportunity)
		span.End()
		if err != nil {
			return err
		}
		fmt.Println(opportunity, task.Status)
	}

	if err := traces.Shutdown(ctx); err != nil {
		return err
	}
	spans.printTrace("submit O0000001")
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &collected); err != nil {
		return err
	}
	printMetrics(&collected)
	return meters.Shutdown(ctx)
}

func submit(ctx context.Context, client *partnercentral.Client, waiter *partnercentral.TaskWaiter, opportunity string) (partnercentral.Task, error) {
	started, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String(opportunity),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	if err != nil {
		return partnercentral.Task{}, err
	}
	return waiter.Wait(ctx, started.Task(), time.Minute)
}

// printed keeps spans until they are printed.
type printed struct {
	mu    sync.Mutex
	spans []trace.ReadOnlySpan
}

// ExportSpans implements trace.SpanExporter.
func (p *printed) ExportSpans(_ context.Context, spans []trace.ReadOnlySpan) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spans = append(p.spans, spans...)
	return nil
}

// Shutdown implements trace.SpanExporter.
func (p *printed) Shutdown(context.Context) error { return nil }

// printTrace prints the trace whose first span has a name, indented.
func (p *printed) printTrace(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.spans {
		if s.Name() == name {
			p.printBelow(s, "")
		}
	}
}

func (p *printed) printBelow(parent trace.ReadOnlySpan, indent string) {
	fmt.Println(indent + parent.Name())
	for _, s := range p.spans {
		if s.Parent().SpanID() == parent.SpanContext().SpanID() {
			p.printBelow(s, indent+"  ")
		}
	}
}

func printMetrics(collected *metricdata.ResourceMetrics) {
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					fmt.Printf("%s %d %s\n", m.Name, point.Value, point.Attributes.Encoded(attribute.DefaultEncoder()))
				}
			case metricdata.Histogram[float64]:
				for _, point := range data.DataPoints {
					fmt.Printf("%s %d times %s\n", m.Name, point.Count, point.Attributes.Encoded(attribute.DefaultEncoder()))
				}
			}
		}
	}
}
