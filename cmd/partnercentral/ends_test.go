//go:build unix

package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Who watches is told why nothing happens.
func TestReasonOnATerminal(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.env = append(p.env, "AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING=http://127.0.0.1:1")
	for command, waits := range map[string]string{
		"wait O1": `0 of 1 ended, waiting for \ds`, "submit O1 --key k": `submit O1, waiting for \ds`, "list": `reading tasks for \ds`,
	} {
		screen, out, code := onTerminalOf(t, p, 160, false, append([]string{"--catalog", "AWS", "--timeout", "4s"}, strings.Fields(command)...)...)
		if code == 0 || !regexp.MustCompile(waits+`: 127\.0\.0\.1:1 gave no answer \(connection refused\)`).MatchString(screen) {
			t.Errorf("%s: exit code %d, %q, %q", command, code, screen, out)
		}
	}
}

// A terminal that cannot draw a line again gets lines, and a narrow one no more than
// it can show.
func TestPoorTerminals(t *testing.T) {
	t.Parallel()
	p := newPlace(t, fake.WithDefaultOutcome(fake.After(2*time.Second, fake.Complete())))
	for _, columns := range []uint16{1, 8, 20} {
		screen, out, code := onTerminalOf(t, p, columns, false, "--catalog", "AWS", "submit", "O1", "--key", "one")
		if code != 0 || !strings.Contains(out, "COMPLETE") || strings.Contains(screen, "goroutine") {
			t.Errorf("%d columns: exit code %d, %q, %q", columns, code, screen, out)
		}
		for _, line := range strings.Split(screen, "\r\n") {
			line = regexp.MustCompile(`\x1b\[\d*[A-Z]`).ReplaceAllString(line, "")
			if !strings.HasPrefix(line, "partnercentral: ") && utf8.RuneCountInString(line) > int(columns) {
				t.Errorf("%d columns: %q", columns, line)
			}
		}
	}
	p.env = append(p.env, "TERM=dumb")
	screen, out, code := onTerminal(t, p, true, "--catalog", "AWS", "submit", "O2")
	if code != 0 || !strings.Contains(screen, "COMPLETE") || strings.Contains(screen, "\x1b") {
		t.Errorf("exit code %d, %q, %q", code, screen, out)
	}
}

// Whatever signal ends the program, it says what it knows, and soon. The second one
// ends it at once.
func TestSignals(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, operation := range []fake.Operation{fake.ListEngagementFromOpportunityTasks, fake.ListEngagementInvitations, fake.StartEngagementFromOpportunityTask} {
		p.svc.Fault(operation, fake.Always(), fake.Stall())
	}
	p.svc.Fault(fake.ListEngagementByAcceptingInvitationTasks, fake.Always(), fake.Stall())
	for _, c := range []struct {
		signals []syscall.Signal
		command string
		out     string // what there has to be
		not     string
		said    string
	}{
		{[]syscall.Signal{syscall.SIGHUP}, "submit O1 --key crm/1", "^STATUS.*\nMAYBE_STARTED .*interrupted", "", "repeat the command with --key crm/1 to take it up\n$"},
		{[]syscall.Signal{syscall.SIGTERM}, "wait O1", "\nUNKNOWN .*interrupted", "", "O1 may run on in the service; to take it up again: partnercentral --catalog AWS wait O1\n$"},
		{[]syscall.Signal{syscall.SIGINT}, "doctor", "^RESULT", "failed|warning +clock", "partnercentral: interrupted\n$"},
		{[]syscall.Signal{syscall.SIGINT}, "list", "^$", "", "partnercentral: interrupted\n$"},
		{[]syscall.Signal{syscall.SIGHUP}, "accept --pending", "^$", "", "partnercentral: interrupted\n$"},
		{[]syscall.Signal{syscall.SIGINT, syscall.SIGINT}, "submit O2 --key crm/2", "", "goroutine", ""},
	} {
		before := p.svc.Calls().Len()
		cmd := p.command(append([]string{"--catalog", "AWS"}, strings.Fields(c.command)...)...)
		var out, said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for p.svc.Calls().Len() == before {
			time.Sleep(10 * time.Millisecond)
		}
		begin := time.Now()
		for _, s := range c.signals {
			_ = cmd.Process.Signal(s)
		}
		_ = cmd.Wait()
		took := time.Since(begin)
		if code := cmd.ProcessState.ExitCode(); code != 3 || took > 2*time.Second+time.Second/2 {
			t.Errorf("%s: exit code %d after %s", c.command, code, took)
		}
		if !regexp.MustCompile(c.out).MatchString(out.String()) || !regexp.MustCompile(c.said).MatchString(said.String()) || c.not != "" && regexp.MustCompile(c.not).MatchString(out.String()+said.String()) {
			t.Errorf("%s: %q, %q", c.command, out.String(), said.String())
		}
	}
}

// Who reads the results may end before they do: that is not taken for success, what
// was begun is finished, and nobody sees a stack.
func TestPipeThatCloses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.svc.Invite(fake.Invitation{ID: "engi-0000000000001", Catalog: "AWS"})
	p.svc.Invite(fake.Invitation{ID: "engi-0000000000002", Catalog: "AWS"})
	for _, command := range []string{"invitations", "--output json accept --pending", "version", "help", "list"} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		cmd := p.command(append([]string{"--catalog", "AWS"}, strings.Fields(command)...)...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &said
		_ = cmd.Run()
		_ = w.Close()
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.HasSuffix(said.String(), "partnercentral: not all of the output was taken: the program that reads it has ended\n") {
			t.Errorf("%s: exit code %d, %q", command, code, said.String())
		}
	}
	if n := len(p.svc.Tasks()); n != 2 {
		t.Errorf("%d tasks", n)
	}
}

// Two machines with one key are one task.
func TestOneKeyOnTwoMachines(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if out, err := p.command("--catalog", "AWS", "submit", "O1", "--key", "crm/1").CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wait.Wait()
	if n := len(p.svc.Tasks()); n != 1 {
		t.Errorf("%d tasks", n)
	}
}
