package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

// meterProvider counts what its histograms are told.
type meterProvider struct {
	metrics.NopMeter
	recorded map[string]int
}

func (p meterProvider) Meter(string, ...metrics.MeterOption) metrics.Meter { return p }

func (p meterProvider) Float64Histogram(name string, _ ...metrics.InstrumentOption) (metrics.Float64Histogram, error) {
	return histogram{name, p.recorded}, nil
}

type histogram struct {
	name     string
	recorded map[string]int
}

func (h histogram) Record(context.Context, float64, ...metrics.RecordMetricOption) {
	h.recorded[h.name]++
}

// behaviour is what was seen of a call whose first attempt fails.
type behaviour struct {
	fails    bool
	requests int
	steps    map[string][]string
	recorded map[string]int
	// seen is whether the value of the replaced context reaches the HTTP client.
	seen bool
}

type freshKey struct{}

// observe makes a call of a client, ours or that of SQS, with an API option.
func observe(t *testing.T, ours, metered bool, option func(*middleware.Stack) error) behaviour {
	service := &account{throttle: 1, fast: true}
	cfg := service.config()
	cfg.Credentials = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
	b := behaviour{steps: map[string][]string{}, recorded: map[string]int{}}
	see := func(s *middleware.Stack) error {
		b.steps = map[string][]string{
			"initialize": slices.DeleteFunc(s.Initialize.List(), func(id string) bool {
				// The operation of SQS has no token.
				return id == "OperationIdempotencyTokenAutoFill"
			}),
			"serialize": s.Serialize.List(), "build": s.Build.List(), "finalize": s.Finalize.List(), "deserialize": s.Deserialize.List(),
		}
		if option == nil {
			return nil
		}
		return option(s)
	}
	meter := meterProvider{recorded: b.recorded}
	var err error
	if ours {
		err = start(cfg, partnercentral.WithAPIOptions(see), func(o *partnercentral.Options) {
			if metered {
				o.MeterProvider = meter
			}
		})
	} else {
		client := sqs.NewFromConfig(cfg, sqs.WithAPIOptions(see), func(o *sqs.Options) {
			if metered {
				o.MeterProvider = meter
			}
		})
		func() {
			defer func() {
				// Between some steps a generated client does that.
				if p := recover(); p != nil {
					err = fmt.Errorf("it panics: %v", p)
				}
			}()
			err = move(t.Context(), client)
		}()
	}
	b.fails, b.requests = err != nil, len(service.arrived)
	b.seen = slices.ContainsFunc(service.contexts, func(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil })
	return b
}

func TestStepsAndDurationsOfAGeneratedClient(t *testing.T) {
	generated := observe(t, false, true, nil)
	require.Equal(t, generated, observe(t, true, true, nil))
	require.False(t, generated.fails)
	require.Equal(t, 2, generated.requests)
	require.Len(t, generated.recorded, 8)

	// For one call, too.
	recorded := map[string]int{}
	service := &account{}
	_, err := partnercentral.NewFromConfig(service.config()).StartEngagementFromOpportunityTask(t.Context(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("O1"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	}, func(o *partnercentral.Options) { o.MeterProvider = meterProvider{recorded: recorded} })
	require.NoError(t, err)
	require.ElementsMatch(t, slices.Collect(maps.Keys(generated.recorded)), slices.Collect(maps.Keys(recorded)))
}

// A middleware beside any step of a generated client can go on with a context of
// its own, if it can beside a generated one's.
func TestContextReplacedBesideEachStep(t *testing.T) {
	fresh := context.WithValue(context.Background(), freshKey{}, true)
	insert := map[string]func(*middleware.Stack, string, middleware.RelativePosition) error{
		"initialize": func(s *middleware.Stack, beside string, at middleware.RelativePosition) error {
			return s.Initialize.Insert(middleware.InitializeMiddlewareFunc("fresh", func(_ context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(fresh, in)
			}), beside, at)
		},
		"serialize": func(s *middleware.Stack, beside string, at middleware.RelativePosition) error {
			return s.Serialize.Insert(middleware.SerializeMiddlewareFunc("fresh", func(_ context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
				return next.HandleSerialize(fresh, in)
			}), beside, at)
		},
		"build": func(s *middleware.Stack, beside string, at middleware.RelativePosition) error {
			return s.Build.Insert(middleware.BuildMiddlewareFunc("fresh", func(_ context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
				return next.HandleBuild(fresh, in)
			}), beside, at)
		},
		"finalize": func(s *middleware.Stack, beside string, at middleware.RelativePosition) error {
			return s.Finalize.Insert(middleware.FinalizeMiddlewareFunc("fresh", func(_ context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				return next.HandleFinalize(fresh, in)
			}), beside, at)
		},
		"deserialize": func(s *middleware.Stack, beside string, at middleware.RelativePosition) error {
			return s.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("fresh", func(_ context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				return next.HandleDeserialize(fresh, in)
			}), beside, at)
		},
	}
	working := 0
	for step, ids := range observe(t, false, false, nil).steps {
		for _, id := range ids {
			for _, at := range []middleware.RelativePosition{middleware.Before, middleware.After} {
				for _, metered := range []bool{false, true} {
					option := func(s *middleware.Stack) error { return insert[step](s, id, at) }
					generated, ours := observe(t, false, metered, option), observe(t, true, metered, option)
					if generated.fails {
						// Between some steps it depends on the context. Ours need not.
						continue
					}
					working++
					generated.recorded, ours.recorded = nil, nil
					require.Equal(t, generated, ours, "%s %v, metered %v", id, at, metered)
					require.True(t, ours.seen)
				}
			}
		}
	}
	require.Greater(t, working, 40)
}

// A custom endpoint needs no region.
func TestEndpointWithoutRegion(t *testing.T) {
	service := &account{fast: true}
	cfg := service.config()
	cfg.Region, cfg.BaseEndpoint = "", aws.String("http://localhost:8443")
	require.NoError(t, errors.Join(move(t.Context(), sqs.NewFromConfig(cfg)), start(cfg)))
	require.Equal(t, []string{"localhost:8443", "localhost:8443"}, service.hosts)
	_, err := partnercentral.New(partnercentral.Options{HTTPClient: service, Credentials: cfg.Credentials, BaseEndpoint: cfg.BaseEndpoint}).
		StartEngagementByAcceptingInvitationTask(t.Context(), &partnercentral.StartEngagementByAcceptingInvitationTaskInput{
			Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("engi-0000000000001"),
		})
	require.NoError(t, err)
	require.Len(t, service.hosts, 3)
}
