package tests

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/metrics"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// following is a client of the caller's that follows redirects, whatever its
// options say.
type following struct{ client *http.Client }

func (f following) Do(req *http.Request) (*http.Response, error) { return f.client.Do(req) }

// A request that was signed for one host goes to that host alone.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, client := range map[string]pc.HTTPClient{
			"default": nil, "SDK": awshttp.NewBuildableClient(), "net/http": &http.Client{}, "foreign": following{&http.Client{}},
			"foreign, measured": following{&http.Client{}}, "net/http, measured": &http.Client{},
		} {
			t.Run(strconv.Itoa(status)+" "+name, func(t *testing.T) {
				var meter metrics.MeterProvider
				if strings.HasSuffix(name, "measured") {
					meter = meterProvider{newRecorder()}
				}
				var here, elsewhere atomic.Int32
				other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					elsewhere.Add(1)
					_, _ = w.Write([]byte(startedBody))
				}))
				defer other.Close()
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					here.Add(1)
					http.Redirect(w, r, other.URL+"/stolen", status)
				}))
				defer server.Close()

				_, err := pc.New(pc.Options{
					Region: "us-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: client, Credentials: testCredentials, MeterProvider: meter,
					Retryer: retry.AddWithMaxAttempts(retry.NewStandard(), 1),
				}).StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
				require.Error(t, err)
				require.EqualValues(t, 1, here.Load())
				if strings.HasPrefix(name, "foreign") && status < 307 {
					// Nothing keeps such a client from it, but its answer is not taken.
					require.ErrorContains(t, err, "followed a redirect")
					return
				}
				require.Zero(t, elsewhere.Load())
				require.ErrorContains(t, err, "StatusCode: "+strconv.Itoa(status))
			})
		}
	}
}
