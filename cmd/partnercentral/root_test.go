package main

import (
	"bytes"
	"io/fs"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What only those understand who know Go or the libraries.
var goWords = regexp.MustCompile(`(?i)strconv|parse|invalid syntax|\bnil\b|\bflag|argument|unmarshal|operation error|\bEOF|panic|goroutine|%!|context|<|0x|error string|exec:|dial|tcp|\bhttp:|process provider`)

// in runs the program in this process.
func in(t *testing.T, args ...string) (out, said string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

func TestAMistakeIsOneSentence(t *testing.T) {
	// A call would be refused, which is another exit code.
	for _, pair := range append(environment("http://127.0.0.1:1"), "PARTNERCENTRAL_CATALOG=Sandbox") {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	for _, line := range []string{
		"submit", "submit O", "submit -", "submit \x1b[31m", "submit O1 O2", "submit O1 --timeout", "submit O1 --timeout 0s", "submit O1 --timeout -1s",
		"submit O1 --timeout 1e99h", "submit O1 --no-wait=maybe", "submit O1 --tag", "submit O1 --tag =", "submit O1 -x", "submit O1 -hx", "submit O1 --=", "submit O1 --key= --token=", "submit O1 --visibility none",
		"submit O1 --output=", "submit O1 --catalog=", "submit O1 --catalog sandbox", "submit O1 --profile", "submit O1 --profile=", "submit O12345678901234567890",
		"accept", "accept engi", "accept O1", "accept engi-1 --pending", "lead", "lead eng-0000001abc3def", "lead eng-0000001abc3def 01", "lead eng-1 1",
		"prospect", "prospect eng-", "wait", "wait task-", "wait arn:", "wait O1 task", "list O1", "list --since", "list --since 99999999999d", "list --since -1h", "list --since 2026-13-01",
		"list --status done", "list --kind=", "list --since=", "submit O1 --key=", "submit O1 --token=", "invitations x", "invitations --status x", "bulk", "bulk nothing.csv", "bulk a b", "bulk . ", "bulk x --per-second 0", "bulk x --per-second NaN",
		"bulk x --per-second -1", "bulk x --per-second 1e9", "bulk x --timeout x", "doctor x", "version x", "versoin", "help me", "--colour", "-c",
		"submit O1 --timeout=", "submit O1 --timeout 1w", "submit O1 --no-wait=", "submit O1 --tag=", "submit O1 --involvement=", "submit O1 --visibility=", "submit O1 --key a --key b", "prospect eng-0000001abc3def --name=",
		"list --since 7x", "list --kind submit,", "list --timeout 0s", "invitations --timeout x", "doctor --timeout -1s", "invitations --status=", "completion", "completion foo", "completion bash zsh", "--demo= version", "wait task-0000001ABC3DE",
		"accept arn:aws:s3:::x", "wait arn:aws:partnercentral:us-east-1::catalog/sandbox/engagement-from-opportunity-task/task-0000001abc3de", "bulk x --results=", "bulk x --per-second=", "bulk x --timeout=",
	} {
		args := strings.Split(strings.TrimSpace(line), " ")
		out, said, code := in(t, args...)
		if code != 2 || out != "" || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "partnercentral: ") || !strings.Contains(said, ":") {
			t.Errorf("%q: exit code %d, %q, %q", line, code, out, said)
		}
		if words := goWords.FindString(strings.ReplaceAll(said, "CONTEXT", "")); words != "" && !strings.Contains(line, "lead") {
			t.Errorf("%q: %q in %q", line, words, said)
		}
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

// Output that is lost is no success, whichever command it is of.
func TestLostOutput(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"--demo submit O1 --no-wait", "--demo accept --pending --no-wait", "--demo accept --pending --dry-run", "--demo lead eng-0000001abc3def 1 --no-wait", "--demo prospect eng-0000001abc3def --no-wait",
		"--demo wait O1 --timeout 1s", "--demo invitations", "--demo doctor", "--demo doctor --output json", "version", "version --output json", "completion bash", "completion zsh", "completion fish", "completion powershell", "help", "help submit", "submit --help", "",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			code := run(t.Context(), strings.Fields(line), full{}, &said)
			if code != 1 && code != 3 || strings.Count(said.String(), "the output cannot be written: the disk is full\n") != 1 || strings.Contains(said.String(), "/dev") {
				t.Errorf("exit code %d, %q", code, said.String())
			}
		})
	}
}

// Without a catalog nothing is called, whatever is typed.
func FuzzArguments(f *testing.F) {
	for _, line := range []string{"submit O1 --key k", "--output json list --since 7d", "bulk deals.csv", "wait task-0000001abc3de", "--help", "help submit", "version"} {
		f.Add(line)
	}
	f.Setenv("PARTNERCENTRAL_CATALOG", "")
	f.Fuzz(func(t *testing.T, line string) {
		if regexp.MustCompile(`--d|--cata|completion`).MatchString(line) {
			t.Skip()
		}
		begin := time.Now()
		_, said, code := in(t, strings.Fields(line)...)
		if code != 0 && code != 2 || code == 2 && strings.Count(said, "\n") != 1 {
			t.Errorf("exit code %d, %q", code, said)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
