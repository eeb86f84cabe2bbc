package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Killed with SIGKILL and run again: every line once, every task once.
func TestKilledAndRunAgain(t *testing.T) {
	dir := t.TempDir()
	program, out := filepath.Join(dir, "bulk"), filepath.Join(dir, "results.csv")
	if b, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	svc := fake.New(t, fake.WithDuration(300*time.Millisecond))
	args := []string{"-demo", "300", "-rate", "100", "-out", out, "-endpoint", svc.Listen().URL}
	first := exec.Command(program, args...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for lines(out) < 20 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	before := lines(out)
	if before >= 301 {
		t.Fatal("killed too late to show anything")
	}
	if b, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	b, _ := os.ReadFile(out)
	keys := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		key, _, _ := strings.Cut(line, ",")
		keys[key]++
	}
	if len(keys) != 301 || lines(out) != 301 {
		t.Fatalf("%d keys in %d lines", len(keys), lines(out))
	}
	tasks := map[string]string{}
	for _, c := range svc.Calls().For(fake.StartEngagementFromOpportunityTask).Committed() {
		if id, ok := tasks[c.Identifier]; ok && id != c.TaskID {
			t.Fatalf("%s was started twice", c.Identifier)
		}
		tasks[c.Identifier] = c.TaskID
	}
	if len(tasks) != 300 {
		t.Fatalf("%d tasks", len(tasks))
	}
}

func lines(path string) int {
	b, _ := os.ReadFile(path)
	return bytes.Count(b, []byte("\n"))
}

func TestReadRows(t *testing.T) {
	input := "\xef\xbb\xbfid,kind,involvement,visibility,tags\r\n" +
		"O1,opportunity,Co-Sell,Full,a=1;b=2\r\n" +
		"\"O2\",opportunity,\"Co-Sell\",,\r\n" +
		"O3,deal,Co-Sell\r\n" +
		"O4,opportunity\r\n" +
		"O5,opportunity,Co-Sell,Full,x\r\n" +
		"O6,oppor\"tunity,Co-Sell\r\n" +
		"engi-0000001abc3de,invitation\r\n" +
		"O1,opportunity,Co-Sell\r\n"
	rows, bad := readRows(strings.NewReader(input), "Sandbox")
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	want := []string{
		`line 4, column 4: kind "deal"`, `line 5, column 4: an opportunity needs`,
		`line 6, column 29: tag "x"`, `line 7, column 9: bare "`, `line 9, column 1: opportunity O1 is there twice`,
	}
	for i, w := range want {
		if i >= len(bad) || !strings.HasPrefix(bad[i].Error(), w) {
			t.Errorf("%d: want %q in %v", i, w, bad)
		}
	}
	if rows, bad := readRows(strings.NewReader(""), "AWS"); len(rows)+len(bad) != 0 {
		t.Fatal("an empty file is fine")
	}
}

func TestDemo(t *testing.T) {
	var w bytes.Buffer
	out := filepath.Join(t.TempDir(), "r.csv")
	if err := run(context.Background(), []string{"-demo", "5", "-out", out}, &w); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.String(), "5 done, 0 failed") || lines(out) != 6 {
		t.Fatal(w.String())
	}
}
