package stack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"
)

// echo is an operation whose answer is its body.
type echo struct{ name string }

func (o *echo) Name() string                                             { return o.name }
func (*echo) FillToken(in any, _ func() (string, error)) (any, error)    { return in, nil }
func (*echo) Token(any) string                                           { return "" }
func (*echo) Remember(_ any, md middleware.Metadata) middleware.Metadata { return md }
func (*echo) Validate(any) error                                         { return nil }
func (*echo) Decode(body []byte) (any, error)                            { return string(body), nil }

type clientFunc func(*http.Request) (*http.Response, error)

func (f clientFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

func testConfig(log io.Writer) *Config {
	return &Config{
		ServiceID: "Test", SigningName: "test", TargetPrefix: "Test", Scope: "test", Version: "0", AgentName: "test",
		Region: "us-east-1", SigningRegion: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}, nil
		}),
		HTTPClient: clientFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("answer"))}, nil
		}),
		Signer:  v4.NewSigner(),
		Retryer: retry.NewStandard(),
		ResolveEndpoint: func(context.Context) (smithyendpoints.Endpoint, error) {
			return smithyendpoints.Endpoint{URI: url.URL{Scheme: "https", Host: "localhost"}}, nil
		},
		Logger:         logging.NewStandardLogger(log),
		MeterProvider:  metrics.NopMeterProvider{},
		TracerProvider: &tracing.NopTracerProvider{},
		DecodeError:    func(code, _ string, _ []byte) error { return fmt.Errorf("code %q", code) },
		TimeOffset:     new(atomic.Int64),
	}
}

type interceptor struct {
	smithyhttp.BeforeExecutionInterceptor
}

// measuring is a meter that is not the SDK's idle one.
type measuring struct{ metrics.NopMeter }

func (measuring) Meter(string, ...metrics.MeterOption) metrics.Meter { return measuring{} }

// Every middleware of the SDK that calls share is in the table as it is in the
// SDK that this module requires, and the table has no other. If an upgrade makes
// this fail, see sharedTypes.
func TestSharedTypes(t *testing.T) {
	cfg := testConfig(io.Discard)
	cfg.Interceptors.BeforeExecution = append(cfg.Interceptors.BeforeExecution, interceptor{})
	cfg.MeterProvider = measuring{}
	ch := newChain(cfg, &echo{"Echo"})
	s, err := ch.parts.newStack(cfg, ch.op, false)
	require.NoError(t, err)
	l, err := unstack(s)
	require.NoError(t, err)
	require.NoError(t, l.renderAgent())
	end := newSend(cfg, true)
	require.NotNil(t, end.measured)
	require.Empty(t, l.unknown(sharedTypes, end))

	for name := range sharedTypes {
		less := maps.Clone(sharedTypes)
		delete(less, name)
		require.Equal(t, name, l.unknown(less, end), "a type that no chain has")
		less[name] += ", calls int"
		require.Equal(t, name, l.unknown(less, end))
	}
	require.Equal(t, "func", fieldsOf(reflect.TypeFor[clientFunc]()))
}

// With an SDK that is not the known one each call has a stack of its own, and a
// client says so once.
func TestUnknownTypesAreNotShared(t *testing.T) {
	var log bytes.Buffer
	chains := NewChains(testConfig(&log))
	known := maps.Clone(sharedTypes)
	known["github.com/aws/aws-sdk-go-v2/aws/retry.Attempt"] += ", calls int"
	chains.known = known
	first, second := &echo{"First"}, &echo{"Second"}
	for range 3 {
		for _, op := range []Operation{first, second} {
			out, _, err := chains.Call(t.Context(), op, struct{}{})
			require.NoError(t, err)
			require.Equal(t, "answer", out)
			ch, _ := chains.chains.Load(op)
			require.Nil(t, ch.(*chain).linked)
		}
	}
	require.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	require.Contains(t, log.String(), "DEBUG")
	require.Contains(t, log.String(), "retry.Attempt")

	log.Reset()
	chains = NewChains(testConfig(&log))
	_, _, err := chains.Call(t.Context(), first, struct{}{})
	require.NoError(t, err)
	ch, _ := chains.chains.Load(Operation(first))
	require.NotNil(t, ch.(*chain).linked)
	require.Empty(t, log.String())
}
