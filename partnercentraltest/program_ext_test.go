package partnercentraltest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
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
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// buildProgram builds the server program, once, into a directory that TestMain
// removes.
var buildProgram = sync.OnceValues(func() (string, error) {
	const source = "../cmd/partnercentral-fake"
	// What a test opens is what a cached result of it depends on.
	files, err := filepath.Glob(source + "/*.go")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		if _, err := os.ReadFile(file); err != nil {
			return "", err
		}
	}
	path := filepath.Join(programDir, "partnercentral-fake.exe")
	if text, err := exec.Command("go", "build", "-o", path, source).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, text)
	}
	return path, nil
})

// programDir is set by TestMain alone.
var programDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "partnercentral-fake-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer os.RemoveAll(dir)
	programDir = dir
	m.Run()
}

// program is the fake in a process of its own, which is told what to do through
// its admin interface.
type program struct {
	t   testing.TB
	url string
}

// startProgram starts the program for one test. At the test's end it has to stop
// cleanly and to have nothing left over.
func startProgram(t testing.TB, flags ...string) *program {
	t.Helper()
	path, err := buildProgram()
	require.NoError(t, err)
	command := exec.Command(path, append([]string{"-listen", "127.0.0.1:0", "-admin", "-quiet"}, flags...)...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	output := bufio.NewReader(stdout)
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		rest, _ := io.ReadAll(output)
		if err := command.Wait(); err != nil || !strings.HasSuffix("\n"+string(rest), "\nstopped\n") {
			t.Errorf("the program ended badly: %v\n%s%s", err, rest, &stderr)
		}
		if strings.Contains(string(rest), "unused: ") && !t.Failed() {
			t.Errorf("the program has something left over:\n%s", rest)
		}
	})
	line, err := output.ReadString('\n')
	require.NoError(t, err)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	require.True(t, ok, line)
	return &program{t, url}
}

func (p *program) client() *partnercentral.Client {
	return partnercentral.New(partnercentral.Options{Region: "us-east-1", BaseEndpoint: aws.String(p.url)}, as(partnercentraltest.DefaultAccessKeyID))
}

// tell posts to the admin interface.
func (p *program) tell(what string, body []byte) {
	p.t.Helper()
	answer, err := http.Post(p.url+"/_fake/"+what, "application/json", bytes.NewReader(body))
	require.NoError(p.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, answer.StatusCode, "%s", text)
}

func (p *program) tellClock(to map[string]any) {
	p.t.Helper()
	body, err := json.Marshal(to)
	require.NoError(p.t, err)
	p.tell("clock", body)
}

func (p *program) Advance(d time.Duration) {
	p.t.Helper()
	p.tellClock(map[string]any{"advance": d.String()})
}

func (p *program) SetClockSpeed(factor float64) {
	p.t.Helper()
	p.tellClock(map[string]any{"mode": "times", "factor": factor})
}

func (p *program) Reset() {
	p.t.Helper()
	p.tell("reset?world=*", nil)
}

// Calls may be asked for in any goroutine, and so does not end the test.
func (p *program) Calls() partnercentraltest.Calls {
	p.t.Helper()
	answer, err := http.Get(p.url + "/_fake/calls")
	if err != nil {
		p.t.Error(err)
		return nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	calls, err := partnercentraltest.CallsFromJSON(text)
	if err != nil {
		p.t.Errorf("%v: %s", err, text)
	}
	return calls
}

func (p *program) Script(op partnercentraltest.Operation, outcomes ...partnercentraltest.Outcome) {
	p.t.Helper()
	p.When(op).Script(outcomes...)
}

func (p *program) Fault(op partnercentraltest.Operation, count partnercentraltest.Count, effect partnercentraltest.Effect) {
	p.t.Helper()
	p.When(op).Fault(count, effect)
}

func (p *program) When(op partnercentraltest.Operation, matchers ...partnercentraltest.Matcher) selection {
	return programSelection{p, op, matchers}
}

type programSelection struct {
	*program
	op       partnercentraltest.Operation
	matchers []partnercentraltest.Matcher
}

func (s programSelection) Script(outcomes ...partnercentraltest.Outcome) {
	s.t.Helper()
	body, err := partnercentraltest.ScriptJSON(s.op, s.matchers, outcomes)
	require.NoError(s.t, err)
	s.tell("scripts", body)
}

func (s programSelection) Fault(count partnercentraltest.Count, effect partnercentraltest.Effect) {
	s.t.Helper()
	body, err := partnercentraltest.FaultJSON(s.op, s.matchers, count, effect)
	require.NoError(s.t, err)
	s.tell("faults", body)
}
