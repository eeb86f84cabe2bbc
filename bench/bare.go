package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/cosell-dev/partnercentral-go"
)

// bare encodes, signs with the official signer, sends and decodes, without a
// middleware, a retry or an error: no client that keeps the signer and
// encoding/json can be faster.
func bare(client aws.HTTPClient, url string) caller {
	signer, in := v4.NewSigner(), startInput()
	return func(ctx context.Context) error {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		answer, err := post(ctx, client, url, body, func(req *http.Request) error {
			req.Header = prepared()
			hash := sha256.Sum256(body)
			identity, err := credentials.Retrieve(ctx)
			if err != nil {
				return err
			}
			return signer.SignHTTP(ctx, identity, req, hex.EncodeToString(hash[:]), "partnercentral-selling", region, time.Now())
		})
		if err != nil {
			return err
		}
		var out partnercentral.StartEngagementFromOpportunityTaskOutput
		return json.Unmarshal(answer, &out)
	}
}

// prepared are the headers of a request of ours, but for the signature's.
func prepared() http.Header {
	return http.Header{
		"Content-Type":          {"application/x-amz-json-1.0"},
		"X-Amz-Target":          {"AWSPartnerCentralSelling.StartEngagementFromOpportunityTask"},
		"Amz-Sdk-Invocation-Id": {"0b7c0f0e-1111-4222-8333-444455556666"},
		"Amz-Sdk-Request":       {"attempt=1; max=3"},
		"User-Agent":            {"aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/partnercentralselling#0.1.0 m/E"},
	}
}

// post makes a call with net/http alone and returns the answer.
func post(ctx context.Context, client aws.HTTPClient, url string, body []byte, complete func(*http.Request) error) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if err := complete(req); err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
