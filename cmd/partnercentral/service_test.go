package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

func TestAddressHasNoSecret(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:8443":              "http://127.0.0.1:8443",
		"https://host/base?apikey=hunter2":   "https://host/base",
		"https://user:hunter2@host":          "https://host",
		"https://hunter2@host/":              "https://host/",
		"http://u:hun%zzter2@127.0.0.1:8443": "",
		"u:hunter2@127.0.0.1:8443":           "",
		"127.0.0.1:8443?hunter2":             "",
		"ftp://hunter2":                      "",
		"http://":                            "",
	} {
		got, err := address(t.Context(), partnercentral.Options{BaseEndpoint: aws.String(endpoint)})
		require.Equal(t, want, got, endpoint)
		if want == "" {
			require.ErrorIs(t, err, errNoURL, endpoint)
			require.NotContains(t, err.Error(), "hunter2")
		} else {
			require.NoError(t, err)
		}
	}
}
