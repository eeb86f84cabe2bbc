package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// demo runs this program against the fake service, kills it when it has saved
// its tasks, and runs it again.
func demo(w io.Writer) error {
	svc := fake.NewService(fake.WithCredentials("AKIDRESUME", "secret"), fake.WithDuration(4*time.Second))
	defer svc.Close()
	server := svc.Listen()
	dir, err := os.MkdirTemp("", "resume-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program := func() *exec.Cmd {
		cmd := exec.Command(self, "-tasks", filepath.Join(dir, "tasks.json"))
		cmd.Env = append(os.Environ(), "PARTNERCENTRAL_ENDPOINT="+server.URL, "AWS_ACCESS_KEY_ID=AKIDRESUME", "AWS_SECRET_ACCESS_KEY=secret")
		cmd.Stderr = os.Stderr
		return cmd
	}
	first := program()
	out, err := first.StdoutPipe()
	if err != nil {
		return err
	}
	if err := first.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return err
	}
	if err := first.Process.Kill(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%skilled: %v\n", line, first.Wait())
	second := program()
	second.Stdout = w
	return second.Run()
}
