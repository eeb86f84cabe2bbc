package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// TestMain lets the test binary be the program, so that it can be killed.
func TestMain(m *testing.M) {
	if os.Getenv("RESUME_RUN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestKilledProcessPicksUpAllTasks(t *testing.T) {
	svc := fake.NewService(fake.WithCredentials("AKIDRESUME", "secret"))
	defer svc.Close()
	outcomes := make([]fake.Outcome, 100)
	for i := range outcomes {
		outcomes[i] = fake.After(4*time.Second, fake.Complete())
	}
	svc.Script(fake.StartEngagementFromOpportunityTask, outcomes...)
	server := svc.Listen()
	defer server.Close()

	file := filepath.Join(t.TempDir(), "tasks.json")
	program := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-tasks", file)
		cmd.Env = append(os.Environ(), "RESUME_RUN=1", "PARTNERCENTRAL_ENDPOINT="+server.URL, "AWS_ACCESS_KEY_ID=AKIDRESUME", "AWS_SECRET_ACCESS_KEY=secret")
		cmd.Stderr = os.Stderr
		return cmd
	}

	first := program()
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "started and saved 100 tasks\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if first.Wait() == nil {
		t.Fatal("the first process was not killed")
	}

	b, err := program().Output()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), " COMPLETE\n"); n != 100 {
		t.Errorf("%d of 100 tasks were picked up", n)
	}
	if !bytes.HasPrefix(b, []byte("resumed 100 tasks\n")) || !bytes.HasSuffix(b, []byte("all 100 tasks have ended\n")) {
		t.Errorf("%s", b)
	}
	if n := svc.Calls().For(fake.StartEngagementFromOpportunityTask).Len(); n != 100 {
		t.Errorf("%d Starts for 100 tasks", n)
	}
}
