package docs

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// elsewhere are commands that this test does not run, by how they begin, and who
// runs them.
var elsewhere = map[string]string{
	"go get ":                               ".ci/try-release, word for word",
	"go install ":                           ".ci/try-release, word for word",
	"partnercentral-fake ":                  "a test of cmd/partnercentral-fake runs the session of docs/fake.md and the flags",
	"export AWS_ACCESS_KEY_ID=":             "as above, and .ci/try-release",
	"export AWS_ENDPOINT_URL=":              ".ci/try-release, but for the port",
	"aws ":                                  "nobody: the AWS command line is not to be had in CI. The AWS SDK for JavaScript makes the same calls in conformance/js",
	"podman ":                               "nobody: CI has no container engine",
	"go run ./bench -only":                  "go test -bench runs every benchmark once; its numbers take a quiet machine",
	"go test -v -run 'TestRunAllAtTheQuota": "go test ./... runs these tests with less of everything",
	"go test -v -run 'Real|Hundred'":        "go test ./... in bench runs them",
	"go test -run TestKills":                "go test ./... in river runs it with fewer kills",
	"go test -run TestTheDatabaseGoesAway":  "as above",
	"go test -v -run TestTakeover":          "go test ./... in river runs it",
	"go test -v -run 'TestTakeover":         "as above",
}

// Every command of the README and of docs ends well, those of the text too, or
// is run by .ci/run.
func TestCommands(t *testing.T) {
	pages, err := filepath.Glob(root + "/docs/*.md")
	require.NoError(t, err)
	ci, err := os.ReadFile(root + "/.ci/run")
	require.NoError(t, err)
	makefile, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	seen, total := map[string]bool{}, 0
	for _, page := range append(pages, root+"/README.md", root+"/RELEASE.md", root+"/SECURITY.md", root+"/CONTRIBUTING.md") {
		raw, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, command := range commands(string(raw)) {
			total++
			if target, ok := strings.CutPrefix(command, "make "); ok {
				require.Contains(t, string(makefile), "\n"+target+":", "%s: %s", page, command)
				continue
			}
			if seen[command] || strings.Contains(string(ci), command) || isElsewhere(command) {
				continue
			}
			seen[command] = true
			t.Run(command, func(t *testing.T) { run(t, command) })
		}
	}
	require.Greater(t, total, 15)
}

func isElsewhere(command string) bool {
	for prefix := range elsewhere {
		if strings.HasPrefix(command, prefix) {
			return true
		}
	}
	return false
}

// commands returns the lines of the blocks of shell, and the commands in the
// text.
func commands(text string) (found []string) {
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		lines := strings.ReplaceAll(block[1], "\\\n", "")
		for line := range strings.Lines(lines) {
			command, _, _ := strings.Cut(line, " # ")
			if command = strings.TrimSpace(command); command != "" {
				found = append(found, command)
			}
		}
	}
	for _, m := range regexp.MustCompile("`((?:go (?:run|test|build)|make) [^`]+)`").FindAllStringSubmatch(text, -1) {
		found = append(found, strings.Join(strings.Fields(m[1]), " "))
	}
	return found
}

func run(t *testing.T, command string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir = root
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "GOWORK=") && !strings.HasPrefix(variable, "AWS_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
