package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

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
		if got != want {
			t.Errorf("%s is shown as %q, not %q", endpoint, got, want)
		}
		if (err == nil) != (want != "") || err != nil && (!errors.Is(err, errNoURL) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}
