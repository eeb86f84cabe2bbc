package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The session of docs/fake.md does what it says.
func TestSessionOfTheDocument(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs " + tool)
		}
	}
	text, err := os.ReadFile("../../docs/fake.md")
	require.NoError(t, err)
	_, session, ok := strings.Cut(string(text), "```console\n")
	require.True(t, ok, "there is a session")
	session, _, _ = strings.Cut(session, "```\n")

	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := free.Addr().String()
	free.Close()
	session = strings.ReplaceAll(session, "127.0.0.1:8443", port)

	script, want := sessionScript(session)
	dir := t.TempDir()
	// The program under its name is this test binary.
	program := fmt.Sprintf("#!/bin/sh\nRUN_AS_PARTNERCENTRAL_FAKE=1 exec %q \"$@\"\n", os.Args[0])
	require.NoError(t, os.WriteFile(filepath.Join(dir, "partnercentral-fake"), []byte(program), 0o700))
	run := exec.Command("bash", "-c", script)
	run.Dir = dir
	run.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	var stderr bytes.Buffer
	run.Stderr = &stderr
	output, err := run.Output()
	require.NoError(t, err, stderr.String())
	got := strings.Split(string(output), endOfOutput+"\n")
	require.Len(t, got, len(want)+1)
	for i, w := range want {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(w.output)), "…", ".*")
		require.Regexp(t, `\A`+pattern+`\z`, strings.TrimSpace(got[i]), w.command)
	}
}

const endOfOutput = "--- end of the output"

type step struct{ command, output string }

// sessionScript reads lines that begin with "$ " as commands, to the end of a
// here-document, and the others as their output.
func sessionScript(session string) (string, []step) {
	var steps []step
	here := false
	for line := range strings.Lines(session) {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch last := len(steps) - 1; {
		case here:
			steps[last].command += line
			here = line != "END\n"
		case isCommand:
			steps = append(steps, step{command: command})
			here = strings.Contains(command, "<<'END'")
		default:
			steps[last].output += line
		}
	}
	script := "set -u\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n"
	for _, s := range steps {
		script += s.command + "echo '" + endOfOutput + "'\n"
	}
	return script, steps
}
