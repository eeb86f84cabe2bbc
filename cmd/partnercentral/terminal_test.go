//go:build unix

package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// onTerminal runs the program with the standard error on a terminal, and the
// standard output there, too, or apart. It returns what came.
func onTerminal(t *testing.T, p *place, together bool, args ...string) (screen, out string, code int) {
	t.Helper()
	return onTerminalOf(t, p, 100, together, args...)
}

// onTerminalOf does so on a terminal with so many columns.
func onTerminalOf(t *testing.T, p *place, columns uint16, together bool, args ...string) (screen, out string, code int) {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(control, &pty.Winsize{Rows: 30, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	cmd := p.command(args...)
	var apart bytes.Buffer
	cmd.Stderr, cmd.Stdout = tty, &apart
	if together {
		cmd.Stdout = tty
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		b, _ := io.ReadAll(control) // ends with an error when the terminal is closed
		shown <- string(b)
	}()
	_ = cmd.Wait()
	_ = tty.Close()
	screen = <-shown
	_ = control.Close()
	return screen, apart.String(), cmd.ProcessState.ExitCode()
}

var drawn = regexp.MustCompile(`\d+ of 40 started, \d+ ended, [\d.]+ starts per second`)

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{true, false} {
		p := newPlace(t, fake.WithDefaultOutcome(fake.After(2*time.Second, fake.Complete())))
		p.write("deals.csv", 40)
		screen, out, code := onTerminal(t, p, together, "--catalog", "AWS", "bulk", "deals.csv", "--per-second", "20")
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, screen)
		}
		// By a timer: also while nothing happens, which the tasks take 2 s for.
		same := map[string]int{}
		for _, line := range drawn.FindAllString(screen, -1) {
			same[line]++
		}
		most := 0
		for _, n := range same {
			most = max(most, n)
		}
		if len(same) < 4 || most < 3 {
			t.Errorf("drawn: %v", same)
		}
		if strings.Count(screen, "starts per second") > 200 {
			t.Error("drawn far too often")
		}
		results := out
		if together {
			results = screen
		}
		if strings.Count(results, "COMPLETE  FAILED") != 1 || !strings.Contains(results, "deals.results.csv") {
			t.Errorf("%q", results)
		}
		if !together && (strings.Contains(out, "\x1b") || strings.Count(out, "\n") != 2) {
			t.Errorf("not only results on the standard output: %q", out)
		}
		p.wantAll("deals.results.csv", 40)
	}
}

// Results come above the line of progress, whole.
func TestResultsAboveTheProgress(t *testing.T) {
	t.Parallel()
	p := newPlace(t, fake.WithDuration(time.Second), fake.AllowLeftovers())
	p.svc.Script(fake.StartEngagementFromOpportunityTask, fake.Never())
	for _, id := range []string{"O1", "O2"} {
		if out, err := p.command("--catalog", "AWS", "submit", id, "--no-wait").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	screen, _, code := onTerminal(t, p, true, "--catalog", "AWS", "wait", "O1", "O2", "--timeout", "8s")
	if code != 3 || !regexp.MustCompile(`(?m)^[^\n]*COMPLETE +submit +O2 `).MatchString(screen) || !regexp.MustCompile(`IN_PROGRESS +submit +O1 `).MatchString(screen) {
		t.Errorf("exit code %d: %q", code, screen)
	}
	if !strings.Contains(screen, "1 of 2 ended") {
		t.Errorf("%q", screen)
	}
}

// An interrupt on the terminal ends the program at once, with what runs on.
func TestInterruptOnATerminal(t *testing.T) {
	t.Parallel()
	p := newPlace(t, fake.WithDefaultOutcome(fake.Never()))
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	cmd := p.command("--catalog", "AWS", "--output", "json", "submit", "O1")
	cmd.Stdin, cmd.Stderr = tty, tty
	var out bytes.Buffer
	cmd.Stdout = &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		b, _ := io.ReadAll(control)
		shown <- string(b)
	}()
	for len(p.svc.Tasks()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond) // for the answer to the start
	begin := time.Now()
	if _, err := control.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	took := time.Since(begin)
	_ = tty.Close()
	screen := <-shown
	id := p.svc.Tasks()[0].ID
	if code := cmd.ProcessState.ExitCode(); code != 3 || took > slowness {
		t.Errorf("exit code %d after %s", code, took)
	}
	if !strings.Contains(screen, id+" runs on in the service; to take it up again: partnercentral --catalog AWS wait "+id) {
		t.Errorf("%q", screen)
	}
	if !strings.HasPrefix(out.String(), `{"status":"IN_PROGRESS"`) || !strings.Contains(out.String(), `"interrupted":true`) {
		t.Errorf("%q", out.String())
	}
}

// An answer that is lost leaves a token with which the command is repeated.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Times(1), fake.AfterCommit(fake.Stall()))
	cmd := p.command("--catalog", "AWS", "submit", "O1")
	var said, out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(p.svc.Tasks()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	_ = cmd.Wait()
	if code, took := cmd.ProcessState.ExitCode(), time.Since(begin); code != 3 || took > slowness {
		t.Errorf("exit code %d after %s", code, took)
	}
	token := regexp.MustCompile(`repeat the command with --token (\S+) to take it up`).FindStringSubmatch(said.String())
	if token == nil || !strings.Contains(out.String(), "MAYBE_STARTED") || strings.Count(said.String(), token[1]) != 2 {
		t.Fatalf("%s%s", out.String(), said.String())
	}
	again, err := p.command("--catalog", "AWS", "submit", "O1", "--token", token[1]).CombinedOutput()
	if err != nil || !strings.Contains(string(again), "COMPLETE") {
		t.Errorf("%v: %s", err, again)
	}
	if n := len(p.svc.Tasks()); n != 1 {
		t.Errorf("%d tasks", n)
	}
}
