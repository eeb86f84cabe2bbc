package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go/tracing"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// printer is a tracer that prints the names of spans. examples/opentelemetry has
// one that hands them to OpenTelemetry, and a meter.
type printer struct{ depth int }

func (p *printer) Tracer(string, ...tracing.TracerOption) tracing.Tracer { return p }

func (p *printer) StartSpan(ctx context.Context, name string, _ ...tracing.SpanOption) (context.Context, tracing.Span) {
	fmt.Printf("%*s%s\n", 2*p.depth, "", name)
	p.depth++
	_, none := tracing.NopTracerProvider{}.Tracer("").StartSpan(ctx, name)
	return ctx, printedSpan{none, p}
}

type printedSpan struct {
	tracing.Span
	printer *printer
}

func (s printedSpan) End() { s.printer.depth-- }

// A client reports spans to the TracerProvider of its options, measurements to
// the MeterProvider, and lines to the Logger. docs/telemetry.md lists them all.
func ExampleOptions_telemetry() {
	svc := fake.NewService()
	defer svc.Close()
	client := svc.Client(func(o *partnercentral.Options) { o.TracerProvider = &printer{} })

	submit(client, "O1234567")
	// Output:
	// PartnerCentral Selling.StartEngagementFromOpportunityTask
	//   OperationSerializer
	//   RetryLoop
	//     Attempt
	//       ResolveAuthScheme
	//       GetIdentity
	//       ResolveEndpoint
	//       ComputePayloadSHA256
	//       SignRequest
	//       DoHTTPRequest
	//       OperationDeserializer
}
