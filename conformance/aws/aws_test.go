// Package aws holds the library against the parts of the AWS ecosystem that it
// must not depend on: config.LoadDefaultConfig with its files and variables, the
// OpenTelemetry middleware, and generated clients, beside which a Quota works.
package aws

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/github.com/aws/aws-sdk-go-v2/otelaws"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/cosell-dev/partnercentral-go"
)

// transport keeps the requests and answers all of them alike.
type transport struct {
	requests []*http.Request
	status   int
}

func (t *transport) Do(req *http.Request) (*http.Response, error) {
	t.requests = append(t.requests, req)
	body := `{"TaskId":"task-0123456789abc","TaskStatus":"COMPLETE"}`
	if t.status != 200 {
		body = `{"__type":"ConflictException","Message":"m"}`
	}
	return &http.Response{
		StatusCode: t.status, Header: http.Header{"X-Amzn-Requestid": {"request-1"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// isolate gives the test a home of its own: no file or variable of the
// machine's has a say.
func isolate(t *testing.T, profile string) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			require.NoError(t, os.Unsetenv(name))
		}
	}
	file := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(file, []byte(profile), 0o600))
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file+".none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
}

func load(t *testing.T, tr *transport, optFns ...func(*config.LoadOptions) error) aws.Config {
	cfg, err := config.LoadDefaultConfig(context.Background(), append([]func(*config.LoadOptions) error{config.WithHTTPClient(tr)}, optFns...)...)
	require.NoError(t, err)
	return cfg
}

func start(cfg aws.Config, optFns ...func(*partnercentral.Options)) error {
	_, err := partnercentral.NewFromConfig(cfg, optFns...).StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String("O1"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	return err
}

func TestLoadDefaultConfig(t *testing.T) {
	const services = "region = eu-central-1\nservices = local\n[services local]\npartnercentral_selling =\n  endpoint_url = http://localhost:8443\n"
	for name, test := range map[string]struct {
		profile string
		env     map[string]string
		url     string
		region  string
	}{
		"region of the profile":    {"[default]\nregion = eu-central-1\n", nil, "https://partnercentral-selling.us-east-1.api.aws/", "us-east-1"},
		"region of a variable":     {"", map[string]string{"AWS_REGION": "ap-south-1"}, "https://partnercentral-selling.us-east-1.api.aws/", "us-east-1"},
		"variable of the service":  {"[default]\nregion = us-east-1\n", map[string]string{"AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING": "http://localhost:1"}, "http://localhost:1/", "us-east-1"},
		"variable of all services": {"[default]\n" + services, map[string]string{"AWS_ENDPOINT_URL": "http://localhost:2"}, "http://localhost:2/", "us-east-1"},
		"services section":         {"[default]\n" + services, nil, "http://localhost:8443/", "us-east-1"},
		"general endpoint_url":     {"[default]\nregion = us-east-1\nendpoint_url = http://localhost:3\n", nil, "http://localhost:3/", "us-east-1"},
		"ignored":                  {"[default]\n" + services, map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "https://partnercentral-selling.us-east-1.api.aws/", "us-east-1"},
		"FIPS":                     {"[default]\nregion = us-east-1\nuse_fips_endpoint = true\n", nil, "https://partnercentral-selling-fips.us-east-1.api.aws/", "us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t, test.profile)
			for k, v := range test.env {
				t.Setenv(k, v)
			}
			tr := &transport{status: 200}
			require.NoError(t, start(load(t, tr)))
			require.Equal(t, test.url, tr.requests[0].URL.String())
			require.Contains(t, tr.requests[0].Header.Get("Authorization"), "/"+test.region+"/partnercentral-selling/aws4_request")
		})
	}
}

func TestRetrySettingsOfAProfile(t *testing.T) {
	isolate(t, "[default]\nregion = us-east-1\nretry_mode = adaptive\nmax_attempts = 7\nsdk_ua_app_id = crm\n")
	tr := &transport{status: 200}
	cfg := load(t, tr)
	require.NoError(t, start(cfg))
	require.Contains(t, tr.requests[0].Header.Get("User-Agent"), "app/crm")
	o := partnercentral.NewFromConfig(cfg).Options()
	require.Equal(t, 7, o.Retryer.MaxAttempts())
	require.Equal(t, aws.RetryModeAdaptive, o.RetryMode)
}

func TestOpenTelemetryMiddlewareSeesEachCall(t *testing.T) {
	isolate(t, "[default]\nregion = us-east-1\n")
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	tr := &transport{status: 200}
	cfg := load(t, tr)
	otelaws.AppendMiddlewares(&cfg.APIOptions, otelaws.WithTracerProvider(provider))
	require.NoError(t, start(cfg))
	tr.status = 409
	require.Error(t, start(cfg))

	spans := exporter.GetSpans()
	require.Len(t, spans, 2)
	for i, status := range []int{200, 409} {
		require.Equal(t, "PartnerCentral Selling.StartEngagementFromOpportunityTask", spans[i].Name)
		attributes := map[attribute.Key]string{}
		for _, a := range spans[i].Attributes {
			attributes[a.Key] = a.Value.Emit()
		}
		var got []string
		for _, v := range attributes {
			got = append(got, v)
		}
		require.Contains(t, got, "us-east-1", "%v", attributes)
		require.Contains(t, got, "request-1", "%v", attributes)
		require.Equal(t, status == 409, len(spans[i].Events) > 0 || spans[i].Status.Description != "", "%+v", spans[i])
	}
}
