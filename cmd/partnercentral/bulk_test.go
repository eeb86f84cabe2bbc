//go:build unix

package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// slowness is the time that a busy machine gets to end a program. One that has
// nothing else to do needs less than the two seconds that docs/cli.md promises.
const slowness = 10 * time.Second

// place is a directory with a fake service as a server, and the built program.
type place struct {
	t   *testing.T
	dir string
	svc *fake.Service
	env []string
	exe string
}

func newPlace(t *testing.T, opts ...fake.Option) *place {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	svc := fake.New(t, opts...)
	dir := t.TempDir()
	env := append(environment(svc.Listen().URL), "HOME="+dir, "PATH="+os.Getenv("PATH"), "TERM=xterm")
	return &place{t: t, dir: dir, svc: svc, env: env, exe: exe}
}

// command is the program, which the test binary is under its name.
func (p *place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.exe)
	cmd.Args = append([]string{program}, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	return cmd
}

// write writes a CSV of so many opportunities.
func (p *place) write(name string, rows int) {
	var b strings.Builder
	b.WriteString("id,tags\n")
	for i := range rows {
		fmt.Fprintf(&b, "O%d,row=%d\n", i+1, i+1)
	}
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(b.String()), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// results returns the statuses of the results file by id. A line that is not
// whole, and an id that is there twice, are errors unless cut is set, which
// allows for what a kill leaves: a last line that it has cut, and ids of which the
// last line counts.
func (p *place) results(name string, cut bool) map[string]string {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		p.t.Fatal(err)
	}
	if cut {
		b = b[:bytes.LastIndexByte(b, '\n')+1]
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		p.t.Fatalf("the last line of %s is not whole", name)
	}
	lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	statuses := map[string]string{}
	for _, line := range lines[min(1, len(lines)):] {
		if _, twice := statuses[line[1]]; twice && !cut {
			p.t.Fatalf("%s is in %s twice", line[1], name)
		}
		statuses[line[1]] = line[0]
	}
	return statuses
}

// killSoon kills a command at a random moment after it has called the service,
// so that each run gets somewhere on a machine of any speed, or now and then
// before that. The returned function ends the wait for it.
func (p *place) killSoon(cmd *exec.Cmd) (stop func()) {
	before, done := p.svc.Calls().Len(), make(chan struct{})
	early := rand.IntN(5) == 0
	go func() {
		for !early && p.svc.Calls().Len() == before {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
		select {
		case <-done:
		case <-time.After(time.Duration(rand.IntN(1200)) * time.Millisecond):
			_ = cmd.Process.Kill()
		}
	}()
	return func() { close(done) }
}

// wantAll checks that all rows are complete and have one task each.
func (p *place) wantAll(name string, rows int) {
	p.t.Helper()
	statuses := p.results(name, false)
	for i := range rows {
		if id := fmt.Sprintf("O%d", i+1); statuses[id] != "COMPLETE" {
			p.t.Errorf("%s is %q in %s", id, statuses[id], name)
		}
	}
	if len(statuses) != rows {
		p.t.Errorf("%d results in %s, want %d", len(statuses), name, rows)
	}
	objects := map[string]int{}
	for _, task := range p.svc.Tasks() {
		objects[task.Identifiers[0]]++
	}
	for id, n := range objects {
		if n != 1 {
			p.t.Errorf("%s has %d tasks", id, n)
		}
	}
	if len(objects) != rows {
		p.t.Errorf("%d objects have a task, want %d", len(objects), rows)
	}
}

var bulkArgs = []string{"--catalog", "Sandbox", "bulk", "deals.csv", "--per-second", "100"}

// Killed again and again at any moment, a bulk run does each row once.
func TestBulkKilled(t *testing.T) {
	t.Parallel()
	p := newPlace(t, fake.WithDuration(100*time.Millisecond))
	const rows = 300
	p.write("deals.csv", rows)
	before := 0
	for kills := 0; ; kills++ {
		cmd := p.command(bulkArgs...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop := p.killSoon(cmd)
		err := cmd.Wait()
		stop()
		killed := cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled()
		switch {
		case err == nil:
			t.Logf("killed %d times", kills)
			p.wantAll("deals.results.csv", rows)
			if kills < 2 {
				t.Error("too few kills to show anything")
			}
			if left, _ := filepath.Glob(filepath.Join(p.dir, "*.lock")); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			return
		case !killed:
			t.Fatalf("%v: %s", err, said.String())
		}
		done := len(p.results("deals.results.csv", true))
		if done < before {
			t.Fatalf("%d results, and %d before: some were lost", done, before)
		}
		before = done
	}
}

// After a kill the results file has what runs, so that rows that were changed
// meanwhile start nothing twice.
func TestBulkKilledAndChanged(t *testing.T) {
	t.Parallel()
	const rows, takes = 30, 4 * time.Minute
	p := newPlace(t, fake.WithDuration(takes))
	p.write("deals.csv", rows)
	cmd := p.command(bulkArgs...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(p.results("deals.results.csv", true)) < rows {
		time.Sleep(10 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	before, _ := os.ReadFile(filepath.Join(p.dir, "deals.csv"))
	lines := strings.Split(strings.TrimSpace(string(before)), "\n")
	keys := lines[0] + ",key\n"
	for i, line := range lines[1:] {
		keys += fmt.Sprintf("%s,k%d\n", line, i)
	}
	for _, change := range []struct {
		content string
		code    int
		want    string
	}{
		{keys, 1, `line 2, column 1: O1 may still run without a key in deals.results.csv: give the row that key`},
		{strings.ReplaceAll(string(before), "row=", "column="), 0, `line 2: O1 is IN_PROGRESS with other values (involvement Co-Sell, visibility Full, tags row=1)`},
	} {
		if err := os.WriteFile(filepath.Join(p.dir, "deals.csv"), []byte(change.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if change.code == 0 {
			p.svc.Advance(takes)
		}
		cmd := p.command(bulkArgs...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != change.code || !strings.Contains(string(out), change.want) {
			t.Errorf("exit code %d: %s", code, out)
		}
		if n := len(p.svc.Tasks()); n != rows {
			t.Errorf("%d tasks", n)
		}
	}
	p.wantAll("deals.results.csv", rows)
}

// Of processes that are run on the same files at once, one works and the others
// are told so, also when they are killed.
func TestBulkAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t, fake.WithDuration(100*time.Millisecond))
	const rows, programs = 200, 4
	p.write("deals.csv", rows)
	type end struct {
		code   int
		killed bool
		said   string
	}
	for round := 0; ; round++ {
		ends := make(chan end, programs)
		for range programs {
			go func() {
				cmd := p.command(bulkArgs...)
				var said bytes.Buffer
				cmd.Stderr = &said
				if cmd.Start() == nil {
					stop := func() {}
					if round < 5 {
						stop = p.killSoon(cmd)
					}
					_ = cmd.Wait()
					stop()
				}
				ends <- end{cmd.ProcessState.ExitCode(), !cmd.ProcessState.Exited(), said.String()}
			}()
		}
		whole := 0
		for range programs {
			switch e := <-ends; {
			case e.killed:
			case e.code == 0:
				whole++
			case e.code != 2 || !strings.Contains(e.said, "another run is writing deals.results.csv: wait for its end"):
				t.Fatalf("exit code %d: %s", e.code, e.said)
			}
		}
		p.results("deals.results.csv", true)
		if whole > 0 {
			t.Logf("%d rounds", round+1)
			p.wantAll("deals.results.csv", rows)
			return
		}
	}
}

// Two machines with the same rows and results files of their own start each task
// once.
func TestBulkOnTwoMachines(t *testing.T) {
	t.Parallel()
	p := newPlace(t, fake.WithDuration(100*time.Millisecond))
	p.write("deals.csv", 100)
	one := p.command(append(bulkArgs, "--results", "one.csv")...)
	if err := one.Start(); err != nil {
		t.Fatal(err)
	}
	if out, err := p.command(append(bulkArgs, "--results", "two.csv")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := one.Wait(); err != nil {
		t.Fatal(err)
	}
	p.wantAll("one.csv", 100)
	p.wantAll("two.csv", 100)
}

// An interrupt ends the program at once. Every row has a line, nothing has
// failed, and the next run goes on.
func TestBulkInterrupted(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := newPlace(t, fake.WithDuration(time.Second))
		const rows = 400
		p.write("deals.csv", rows)
		cmd := p.command(bulkArgs...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for len(p.svc.Tasks()) < 50 {
			time.Sleep(10 * time.Millisecond)
		}
		begin := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if took := time.Since(begin); took > slowness {
			t.Errorf("it took %s to end", took)
		}
		if code := cmd.ProcessState.ExitCode(); code != 3 {
			t.Errorf("exit code %d: %s", code, said.String())
		}
		if !strings.Contains(said.String(), "may run on in the service; run the same command again") {
			t.Error(said.String())
		}
		counts := map[string]int{}
		for _, status := range p.results("deals.results.csv", false) {
			counts[status]++
		}
		if len(p.results("deals.results.csv", false)) != rows || counts["FAILED"] != 0 || counts["NOT_STARTED"] == 0 || counts["IN_PROGRESS"] == 0 {
			t.Errorf("%v", counts)
		}
		if out, err := p.command(bulkArgs...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		p.wantAll("deals.results.csv", rows)
	}
}
