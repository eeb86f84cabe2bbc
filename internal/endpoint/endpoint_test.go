package endpoint

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"
)

// The cases of the public endpoint tests of the service, and the suffix of each
// partition.
func TestResolve(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1":         "https://partnercentral-selling.us-east-1.api.aws",
		"eu-west-1":         "https://partnercentral-selling.eu-west-1.api.aws",
		"mx-central-1":      "https://partnercentral-selling.mx-central-1.api.aws",
		"us-gov-west-1":     "https://partnercentral-selling.us-gov-west-1.api.aws",
		"cn-northwest-1":    "https://partnercentral-selling.cn-northwest-1.api.amazonwebservices.com.cn",
		"us-iso-east-1":     "https://partnercentral-selling.us-iso-east-1.api.aws.ic.gov",
		"us-isob-east-1":    "https://partnercentral-selling.us-isob-east-1.api.aws.scloud",
		"us-isof-south-1":   "https://partnercentral-selling.us-isof-south-1.api.aws.hci.ic.gov",
		"eu-isoe-west-1":    "https://partnercentral-selling.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
		"eusc-de-east-1":    "https://partnercentral-selling.eusc-de-east-1.api.amazonwebservices.eu",
		"aws-cn-global":     "https://partnercentral-selling.aws-cn-global.api.amazonwebservices.com.cn",
		"aws-us-gov-global": "https://partnercentral-selling.aws-us-gov-global.api.aws",
		"nowhere":           "https://partnercentral-selling.nowhere.api.aws",
	} {
		e, err := Resolve(Parameters{Region: &region})
		require.NoError(t, err, region)
		require.Equal(t, want, e.URI.String())
	}
	e, err := Resolve(Parameters{Region: aws.String("us-east-1"), UseFIPS: aws.Bool(true)})
	require.NoError(t, err)
	require.Equal(t, "https://partnercentral-selling-fips.us-east-1.api.aws", e.URI.String())

	for _, region := range []*string{nil, aws.String("us-east-1")} {
		e, err = Resolve(Parameters{Region: region, UseFIPS: aws.Bool(false), Endpoint: aws.String("https://example.com")})
		require.NoError(t, err)
		require.Equal(t, "https://example.com", e.URI.String())
	}
}

func TestResolveRefuses(t *testing.T) {
	for want, p := range map[string]Parameters{
		"Invalid Configuration: FIPS and custom endpoint are not supported": {Region: aws.String("us-east-1"), UseFIPS: aws.Bool(true), Endpoint: aws.String("https://example.com")},
		"Invalid Configuration: Missing Region":                             {},
		`invalid input region "a b"`:                                        {Region: aws.String("a b")},
		`invalid input region "evil.com/"`:                                  {Region: aws.String("evil.com/")},
		"not an absolute http or https URL":                                 {Endpoint: aws.String("ftp://example.com")},
	} {
		_, err := Resolve(p)
		require.ErrorContains(t, err, want)
	}
}

func TestStandardRegion(t *testing.T) {
	for region, want := range map[string]bool{
		"us-east-1": true, "ap-southeast-10": true, "aws-global": true, "il-central-1": true,
		"us-gov-west-1": false, "us-iso-east-1": false, "cn-north-1": false, "eusc-de-east-1": false,
		"": false, "us-": false, "us-east": false, "us-east-": false, "us-east-x": false, "xx-east-1": false, "us-é-1": false,
	} {
		require.Equal(t, want, StandardRegion(region), region)
	}
}

func TestWithoutFIPS(t *testing.T) {
	for region, want := range map[string]string{"fips-us-east-1": "us-east-1", "us-east-1-fips": "us-east-1"} {
		got, ok := WithoutFIPS(region)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := WithoutFIPS("us-east-1")
	require.False(t, ok)
}
