// Package endpoint has the endpoint rules of the service: which host answers
// for a region. They are the rules of the public model; the API itself is
// served from us-east-1 alone.
package endpoint

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// ServedRegion is the only region where the service exists (AWS, selling
// regions page).
const ServedRegion = "us-east-1"

// Parameters decide an endpoint. The zero value of a member is nil.
type Parameters struct {
	// The region, such as us-east-1. Required unless Endpoint is set.
	Region *string

	// Whether to use the FIPS endpoint. nil means false.
	UseFIPS *bool

	// A custom endpoint, which wins over Region.
	Endpoint *string
}

// Resolve applies the rules. It fails for a missing or malformed region, for an
// endpoint that is no absolute URL, and for FIPS with a custom endpoint.
func Resolve(p Parameters) (smithyendpoints.Endpoint, error) {
	fips := p.UseFIPS != nil && *p.UseFIPS
	if p.Endpoint != nil {
		if fips {
			return smithyendpoints.Endpoint{}, ruleError("Invalid Configuration: FIPS and custom endpoint are not supported")
		}
		return custom(*p.Endpoint)
	}
	if p.Region == nil || *p.Region == "" {
		return smithyendpoints.Endpoint{}, fmt.Errorf("endpoint rule error, Invalid Configuration: Missing Region: %w", &aws.MissingRegionError{})
	}
	region := *p.Region
	if !smithyhttp.ValidHostLabel(region) {
		return smithyendpoints.Endpoint{}, fmt.Errorf("invalid input region %q", region)
	}
	host := "partnercentral-selling."
	if fips {
		host = "partnercentral-selling-fips."
	}
	return smithyendpoints.Endpoint{
		URI:     url.URL{Scheme: "https", Host: host + region + "." + dnsSuffix(region)},
		Headers: http.Header{},
	}, nil
}

func ruleError(msg string) error { return fmt.Errorf("endpoint rule error, %s", msg) }

func custom(endpoint string) (smithyendpoints.Endpoint, error) {
	u, err := url.Parse(endpoint)
	// The text of a parse error has the URL in it, and that can have a password.
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return smithyendpoints.Endpoint{}, fmt.Errorf("the custom endpoint is not an absolute http or https URL, such as https://localhost:8443")
	}
	return smithyendpoints.Endpoint{URI: *u, Headers: http.Header{}}, nil
}

// partitions are AWS's partitions with the form of their regions and the suffix
// of their dual-stack hosts, as in the partition table of the AWS SDKs. The
// first is the standard one.
var partitions = [...]struct {
	prefixes []string
	suffix   string
}{
	{[]string{"us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"}, "api.aws"},
	{[]string{"us-isob-"}, "api.aws.scloud"},
	{[]string{"us-isof-"}, "api.aws.hci.ic.gov"},
	{[]string{"us-iso-"}, "api.aws.ic.gov"},
	{[]string{"eu-isoe-"}, "api.cloud-aws.adc-e.uk"},
	{[]string{"us-gov-"}, "api.aws"},
	{[]string{"cn-"}, "api.amazonwebservices.com.cn"},
	{[]string{"eusc-de-"}, "api.amazonwebservices.eu"},
}

// dnsSuffix returns the dual-stack suffix of a region's partition. A region
// that no partition claims is taken for one of the standard partition.
func dnsSuffix(region string) string {
	if StandardRegion(region) {
		return partitions[0].suffix
	}
	for _, p := range partitions[1:] {
		for _, prefix := range p.prefixes {
			if strings.HasPrefix(region, prefix) || region == "aws-"+prefix+"global" {
				return p.suffix
			}
		}
	}
	return partitions[0].suffix
}

// StandardRegion reports whether a region belongs to the standard partition:
// a known prefix, a word and a number, as in eu-west-1, or aws-global.
func StandardRegion(region string) bool {
	if region == "aws-global" {
		return true
	}
	for _, prefix := range partitions[0].prefixes {
		rest, ok := strings.CutPrefix(region, prefix)
		if !ok {
			continue
		}
		word, number, ok := strings.Cut(rest, "-")
		return ok && isWord(word) && isNumber(number)
	}
	return false
}

func isWord(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_') {
			return false
		}
	}
	return s != ""
}

func isNumber(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// WithoutFIPS turns one of the old pseudo regions, such as fips-us-east-1 or
// us-east-1-fips, into its region, and reports whether it was one.
func WithoutFIPS(region string) (string, bool) {
	if rest, ok := strings.CutPrefix(region, "fips-"); ok {
		return rest, true
	}
	if rest, ok := strings.CutSuffix(region, "-fips"); ok {
		return rest, true
	}
	return region, false
}
