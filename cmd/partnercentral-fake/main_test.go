package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// TestMain turns the test binary into the command when a test asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_PARTNERCENTRAL_FAKE") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// started is a server in this process.
type started struct {
	url    string
	output *output
	stop   context.CancelFunc
	done   chan error
}

// output keeps what is printed, and says when the first line is there.
type output struct {
	mu    sync.Mutex
	text  strings.Builder
	first chan string
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() == 0 {
		o.first <- string(p)
	}
	return o.text.Write(p)
}

func start(t *testing.T, args ...string) *started {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &started{output: &output{first: make(chan string, 1)}, stop: stop, done: make(chan error, 1)}
	go func() {
		s.done <- run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), s.output, io.Discard)
	}()
	t.Cleanup(stop)
	select {
	case line := <-s.output.first:
		s.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	case err := <-s.done:
		t.Fatal(err)
	}
	return s
}

// end stops the server and returns what it printed.
func (s *started) end(t *testing.T) string {
	t.Helper()
	s.stop()
	require.NoError(t, <-s.done)
	return s.output.text.String()
}

func client(url, id, secret string, optFns ...func(*partnercentral.Options)) *partnercentral.Client {
	return partnercentral.New(partnercentral.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
		}),
		Retryer: aws.NopRetryer{},
	}, optFns...)
}

func submit(c *partnercentral.Client, token string) (*partnercentral.StartEngagementFromOpportunityTaskOutput, error) {
	return c.StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String("Sandbox"),
		ClientToken:   aws.String(token),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
}

func TestServesAndPrintsALineForEachCall(t *testing.T) {
	s := start(t, "-seed", "7", "-duration", "1h")
	first, err := submit(client(s.url, fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey), "a-token")
	require.NoError(t, err)
	_, err = submit(client(s.url, "ANOTHERACCOUNT", fake.DefaultSecretAccessKey), "a-token")
	require.NoError(t, err)
	_, err = submit(client(s.url, "ANOTHERACCOUNT", "wrong"), "a-token")
	require.ErrorContains(t, err, "InvalidSignatureException")
	text := s.end(t)
	require.Contains(t, text, "secret "+fake.DefaultSecretAccessKey)
	require.Contains(t, text, "StartEngagementFromOpportunityTask 1/1 O1234567 ok - yes 200 "+*first.TaskId+"\n")
	require.Contains(t, text, "InvalidSignatureException")
	require.True(t, strings.HasSuffix(text, "\nstopped\n"), text)
	require.NotContains(t, text, "a-token")

	again := start(t, "-seed", "7", "-quiet")
	same, err := submit(client(again.url, fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey), "b")
	require.NoError(t, err)
	require.Equal(t, *first.TaskId, *same.TaskId, "the same seed")
	require.NotContains(t, again.end(t), "StartEngagement")
}

func TestFlagsReachTheService(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script.json")
	require.NoError(t, os.WriteFile(script, []byte(`{
		"scripts":[{"operation":"StartEngagementFromOpportunityTask","outcomes":[{"status":"FAILED","reason":"InternalError","after":"0s"},{"never":true}]}],
		"faults":[{"operation":"StartEngagementFromOpportunityTask","nth":2,"effect":"closeEarly"}]}`), 0o600))
	s := start(t, "-script", script, "-credentials", "ME:mine", "-credentials", "YOU:yours", "-write-rate", "0.001", "-admin", "-clock", "manual")
	me := client(s.url, "ME", "mine")
	out, err := submit(me, "a")
	require.NoError(t, err)
	require.Equal(t, partnercentral.ReasonCodeInternalError, out.ReasonCode)
	_, err = submit(me, "b")
	var throttling *partnercentral.ThrottlingException
	require.ErrorAs(t, err, &throttling)
	_, err = submit(client(s.url, fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey), "a")
	require.ErrorContains(t, err, "UnrecognizedClientException")

	require.Contains(t, get(t, s.url+"/_fake/clock"), `"speed": 0`)
	require.Contains(t, s.end(t), "unused: 1 of 2 outcomes for StartEngagementFromOpportunityTask (loaded from JSON)")
}

func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}

func TestTLS(t *testing.T) {
	pem := filepath.Join(t.TempDir(), "cert.pem")
	s := start(t, "-tls", "-tls-cert-out", pem)
	require.True(t, strings.HasPrefix(s.url, "https://127.0.0.1:"), s.url)
	text, err := os.ReadFile(pem)
	require.NoError(t, err)
	require.NotContains(t, string(text), "PRIVATE")
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	for _, http2 := range []bool{true, false} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: http2}
		t.Cleanup(transport.CloseIdleConnections)
		_, err := submit(client(s.url, fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey, func(o *partnercentral.Options) {
			o.HTTPClient = &http.Client{Transport: transport}
		}), "a")
		require.NoError(t, err)
	}
	s.end(t)
}

func TestBadFlags(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"faults":[{"operation":"StartEngagementFromOpportunityTask","effect":"reset"}]}`), 0o600))
	for _, c := range []struct{ args, want string }{
		{"-nope", "not defined"},
		{"argument", "unexpected argument"},
		{"-credentials ME", "ACCESSKEYID:SECRET"},
		{"-clock fast", "-clock is real, manual or a factor"},
		{"-clock -1", "-clock is real"},
		{"-quotas -read-rate 3", "-quotas goes without"},
		{"-read-rate -3", "negative"},
		{"-events-losses 0.1", "go with -events"},
		{"-events http:///bus", "has no host"},
		{"-events " + filepath.Join(dir, "no", "events"), "no such file"},
		{"-events " + filepath.Join(dir, "events") + " -events-losses 1.5", "from 0 to 1"},
		{"-tls-cert-out x", "goes with -tls"},
		{"-script " + filepath.Join(dir, "missing.json"), "no such file"},
		{"-script " + broken, "broken.json: partnercentraltest: fault 1: a fault has exactly one"},
		{"-listen 256.0.0.1:1", "256.0.0.1"},
		{"-tls -tls-cert-out " + filepath.Join(dir, "no", "cert.pem"), "no such file"},
	} {
		args := strings.Fields(c.args)
		if !strings.Contains(c.args, "-listen") {
			args = append([]string{"-listen", "127.0.0.1:0"}, args...)
		}
		err := run(context.Background(), args, io.Discard, io.Discard)
		require.ErrorContains(t, err, c.want, c.args)
	}
}

// The process ends with status 0 on SIGTERM, even while a call is stalled.
func TestEndsCleanlyOnSIGTERM(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script.json")
	require.NoError(t, os.WriteFile(script, []byte(`{"faults":[{"operation":"StartEngagementFromOpportunityTask","always":true,"effect":"stall"}]}`), 0o600))
	command := exec.Command(os.Args[0], "-listen", "127.0.0.1:0", "-admin", "-script", script)
	command.Env = append(os.Environ(), "RUN_AS_PARTNERCENTRAL_FAKE=1")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	output := bufio.NewReader(stdout)
	line, err := output.ReadString('\n')
	require.NoError(t, err)
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))

	stalled := make(chan error, 1)
	go func() {
		_, err := submit(client(url, fake.DefaultAccessKeyID, fake.DefaultSecretAccessKey), "a")
		stalled <- err
	}()
	for !strings.Contains(get(t, url+"/_fake/faults"), `"hits": 1`) {
		time.Sleep(time.Millisecond)
	}
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(output)
	require.NoError(t, err)
	require.NoError(t, command.Wait(), stderr.String())
	require.Error(t, <-stalled)
	require.True(t, strings.HasSuffix(string(rest), "stopped\n"), string(rest))
}
