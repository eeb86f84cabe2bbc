//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

var counts = regexp.MustCompile(`(?m)^(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +deals.results.csv$`)

// A results file that cannot be written any more ends the run, which says what was
// wrong with which file, what runs and how to go on, and counts each row once.
func TestBulkWithoutItsResults(t *testing.T) {
	t.Parallel()
	// Some have ended when others are not started.
	const rows = 100
	for name, c := range map[string]struct {
		limit string // of the size of files, in blocks
		harm  func(path string) error
		want  string
		goOn  bool // without more
	}{
		"a foreign line": {
			harm: func(path string) error {
				f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					return err
				}
				_, err = f.WriteString("a note\n")
				return err
			},
			want: `deals.results.csv was changed by another program while it was written: `,
		},
		"removed":  {harm: os.Remove, want: `deals.results.csv was removed while it was written: `, goOn: true},
		"replaced": {harm: func(path string) error { return exec.Command("bash", "-c", "echo > x; mv x "+path).Run() }, want: `deals.results.csv was replaced by another file while it was written: `},
		"no space": {limit: "ulimit -f 8; ", want: `deals.results.csv cannot be written any more (file too large): `, goOn: true},
		"the lock": {harm: func(path string) error { return os.Remove(path + ".lock") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, fake.WithDuration(500*time.Millisecond))
			p.write("deals.csv", rows)
			cmd := p.command("-c", c.limit+`exec -a partnercentral "$0" "$@"`, p.exe)
			cmd.Args = append(append([]string{"bash"}, cmd.Args[1:]...), "--catalog", "Sandbox", "bulk", "deals.csv", "--per-second", "15")
			bash, err := exec.LookPath("bash")
			if err != nil {
				t.Skip(err)
			}
			cmd.Path = bash
			var out, said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(p.dir, "deals.results.csv")
			for c.harm != nil && len(p.results("deals.results.csv", true)) == 0 {
				time.Sleep(10 * time.Millisecond)
			}
			if c.harm != nil {
				if err := c.harm(path); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait()
			if c.want == "" {
				if cmd.ProcessState.ExitCode() != 0 {
					t.Errorf("%s", said.String())
				}
				p.wantAll("deals.results.csv", rows)
				return
			}
			if n := len(p.svc.Tasks()); n == rows {
				t.Error("all were started")
			}
			last := said.String()[strings.LastIndex(strings.TrimSpace(said.String()), "\n")+1:]
			rest, ok := strings.CutPrefix(last, "partnercentral: "+c.want)
			if !ok || !strings.Contains(rest, " may run on in the service; ") || !strings.HasSuffix(rest, ", and run the same command again: it takes up what runs, starts the rest, and starts nothing twice\n") {
				t.Errorf("%q", last)
			}
			if code := cmd.ProcessState.ExitCode(); code != 3 {
				t.Errorf("exit code %d", code)
			}
			number := counts.FindStringSubmatch(out.String())
			if number == nil {
				t.Fatalf("no counts: %s", out.String())
			}
			sum := 0
			for _, text := range number[1:5] {
				n, _ := strconv.Atoi(text)
				sum += n
			}
			if sum != rows || number[5] != strconv.Itoa(rows) || !strings.HasPrefix(rest, number[4]+" task") {
				t.Errorf("%q, %q", number[0], rest)
			}
			if !c.goOn {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			if out, err := p.command(bulkArgs...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			p.wantAll("deals.results.csv", rows)
		})
	}
}

// Results that cannot be printed are in the file all the same.
func TestBulkWithoutOutput(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "table"} {
		p := newPlace(t, fake.WithDefaultOutcome(fake.Immediately(fake.Complete())))
		p.write("deals.csv", 5)
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		defer full.Close()
		cmd := p.command(append(bulkArgs, "--output", format)...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &said
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 3 || !strings.HasSuffix(said.String(), "partnercentral: what became of the rows could not be printed (no space left on device), but deals.results.csv has it all\n") {
			t.Errorf("exit code %d: %s", code, said.String())
		}
		p.wantAll("deals.results.csv", 5)
	}
}
