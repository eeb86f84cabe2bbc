package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// command runs the program in a process of its own.
func command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	// The race detector would sleep for a second at the end.
	c.Env = append(os.Environ(), "RUN_AS_PARTNERCENTRAL_FAKE=1", "GORACE=atexit_sleep_ms=0")
	return c
}

func TestHelpVersionAndMistakes(t *testing.T) {
	for _, c := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"-help", 0, "-tls-host name", ""},
		{"-h", 0, "-lenient", ""},
		{"-version", 0, "partnercentral-fake ", ""},
		{"-nope", 2, "", "partnercentral-fake: flag provided but not defined: -nope (-help lists the flags)\n"},
		{"-tls-host fake", 2, "", "partnercentral-fake: -tls-host goes with -tls (-help lists the flags)\n"},
		{"-duration soon", 2, "", "invalid value \"soon\" for flag -duration"},
		{"-script /nowhere.json", 1, "", "no such file"},
	} {
		run := command(strings.Fields(c.args)...)
		var stdout, stderr bytes.Buffer
		run.Stdout, run.Stderr = &stdout, &stderr
		run.Run()
		require.Equal(t, c.code, run.ProcessState.ExitCode(), c.args)
		require.Contains(t, stdout.String(), c.stdout, c.args)
		require.Contains(t, stderr.String(), c.stderr, c.args)
		if c.code == 0 {
			require.Empty(t, stderr.String(), c.args)
		} else {
			require.Empty(t, stdout.String(), c.args)
			require.Equal(t, 1, strings.Count(stderr.String(), "\n"), "one line: %s", &stderr)
		}
	}
}

func TestEndsAtOnceWhenIdle(t *testing.T) {
	s := start(t)
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	// A connection without a request keeps a server of net/http for five seconds.
	silent, err := net.Dial("tcp", u.Host)
	require.NoError(t, err)
	defer silent.Close()
	require.Equal(t, "ready\n", get(t, s.url+"/_fake/ready"))
	began := time.Now()
	s.end(t)
	require.Less(t, time.Since(began), 4*time.Second)
}

func TestReadyWithoutAdmin(t *testing.T) {
	s := start(t)
	answer, err := http.Get(s.url + "/_fake/ready")
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	answer, err = http.Get(s.url + "/_fake/calls")
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	s.end(t)
}

// What is too large is answered, whether the client sends all of it first, asks
// whether it may, or does not say how much there is.
func TestTooLargeIsAnsweredToEveryClient(t *testing.T) {
	s := start(t, "-no-signatures")
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	const size = 8 << 20
	for name, head := range map[string]string{
		"length":  fmt.Sprintf("Content-Length: %d\r\n", size),
		"expect":  fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n", size),
		"chunked": "Transfer-Encoding: chunked\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("tcp", u.Host)
			require.NoError(t, err)
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(20 * time.Second))
			fmt.Fprintf(connection, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AWSPartnerCentralSelling.ListEngagementFromOpportunityTasks\r\nConnection: close\r\n%s\r\n", u.Host, head)
			body := bytes.Repeat([]byte(" "), size)
			switch name {
			case "length":
				_, err = connection.Write(body)
			case "chunked":
				_, err = fmt.Fprintf(connection, "%x\r\n%s\r\n0\r\n\r\n", size, body)
			}
			require.NoError(t, err, "all of it is taken")
			answer, err := io.ReadAll(connection)
			require.NoError(t, err)
			require.Contains(t, string(answer), "HTTP/1.1 413 ")
			require.Contains(t, string(answer), "RequestEntityTooLargeException")
		})
	}
	s.end(t)
}

func TestTLSForTheNameOfAContainer(t *testing.T) {
	pem := filepath.Join(t.TempDir(), "cert.pem")
	s := start(t, "-tls", "-tls-host", "fake", "-tls-host", "10.9.8.7", "-tls-cert-out", pem)
	text, err := os.ReadFile(pem)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	for _, name := range []string{"fake", "10.9.8.7", "localhost", "127.0.0.1"} {
		connection, err := tls.Dial("tcp", u.Host, &tls.Config{RootCAs: roots, ServerName: name})
		require.NoError(t, err, name)
		connection.Close()
	}
	s.end(t)
}

func TestPrintsAnAddressThatCanBeCalled(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		s := start(t, "-listen", listen)
		require.True(t, strings.HasPrefix(s.url, "http://127.0.0.1:"), s.url)
		require.Equal(t, "ready\n", get(t, s.url+"/_fake/ready"))
		s.end(t)
	}
}

func TestLogSaysWhoAndWhy(t *testing.T) {
	s := start(t)
	_, err := submit(client(s.url, "SOMEBODY", fake.DefaultSecretAccessKey), "a")
	require.NoError(t, err)
	_, err = submit(client(s.url, "SOMEBODY", "wrong"), "a")
	require.Error(t, err)
	answer, err := http.Post(s.url+"/x%0aforged", "application/json", nil)
	require.NoError(t, err)
	answer.Body.Close()
	text := s.end(t)
	require.Contains(t, text, "\naccount # time operation attempt subject signature fault committed status result\n")
	require.Contains(t, text, "\nSOMEBODY 1 ")
	require.Contains(t, text, "the signature does not fit the request as it arrived")
	require.Contains(t, text, `x\nforged`)
	require.NotContains(t, text, "\nforged")
}

func TestLenientFlag(t *testing.T) {
	for _, args := range [][]string{{"-no-signatures"}, {"-no-signatures", "-lenient"}} {
		s := start(t, args...)
		answer, err := http.Post(s.url+"/ListEngagementFromOpportunityTasks", "application/json", strings.NewReader(`{"Catalog":"AWS","New":1}`))
		require.NoError(t, err)
		answer.Body.Close()
		require.Equal(t, len(args) == 2, answer.StatusCode == 200)
		s.end(t)
	}
}

func TestSIGTERMEndsTheProcess(t *testing.T) {
	run := command("-listen", "127.0.0.1:0")
	stdout, err := run.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	line := make([]byte, 13)
	_, err = io.ReadFull(stdout, line)
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, run.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(stdout)
	require.NoError(t, err)
	require.NoError(t, run.Wait())
	require.Less(t, time.Since(began), 4*time.Second)
	require.True(t, strings.HasSuffix(string(rest), "stopped\n"))
}
