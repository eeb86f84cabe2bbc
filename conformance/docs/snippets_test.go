// Package docs compiles every Go snippet of the documentation.
package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// imports are the packages that snippets use without importing them, by
// qualifier.
var imports = map[string]string{
	"aws":                   "github.com/aws/aws-sdk-go-v2/aws",
	"awshttp":               "github.com/aws/aws-sdk-go-v2/aws/transport/http",
	"context":               "context",
	"errors":                "errors",
	"fmt":                   "fmt",
	"json":                  "encoding/json",
	"log":                   "log",
	"official":              "github.com/cosell-dev/partnercentral-go/conformance/official",
	"partnercentral":        "github.com/cosell-dev/partnercentral-go",
	"partnercentralevents":  "github.com/cosell-dev/partnercentral-go/partnercentralevents",
	"partnercentralriver":   "github.com/cosell-dev/partnercentral-go/river",
	"partnercentralselling": "github.com/aws/aws-sdk-go-v2/service/partnercentralselling",
	"partnercentraltest":    "github.com/cosell-dev/partnercentral-go/partnercentraltest",
	"pgx":                   "github.com/jackc/pgx/v5",
	"require":               "github.com/stretchr/testify/require",
	"riverpgxv5":            "github.com/riverqueue/river/riverdriver/riverpgxv5",
	"slices":                "slices",
	"synctest":              "testing/synctest",
	"testing":               "testing",
	"time":                  "time",
}

// variables are what snippets take for given, and what it is. A snippet that
// declares one itself has its own.
var variables = []string{
	"arn string",
	"body []byte",
	"cfg aws.Config",
	"client *partnercentral.Client",
	"crm CRM",
	"ctx context.Context",
	"dealID string",
	"err error",
	"group partnercentral.QuotaGroup",
	"input *partnercentral.StartEngagementFromOpportunityTaskInput",
	"inputs []partnercentral.StartTaskInput",
	"logger logging.Logger",
	"meterProvider metrics.MeterProvider",
	"pool *pgxpool.Pool",
	"prospecting partnercentral.Task",
	"quota *partnercentral.Quota",
	"runner *partnercentral.Runner",
	"save func(partnercentral.Task) error",
	"send func(context.Context) error",
	"started *partnercentral.StartEngagementFromOpportunityTaskOutput",
	"t *testing.T",
	"task partnercentral.Task",
	"taskEnded func(context.Context, pgx.Tx, partnercentral.Task) error",
	"tasks []partnercentral.Task",
	"tracerProvider tracing.TracerProvider",
	"waiter *partnercentral.TaskWaiter",
}

// given declares the variables, and the type of one, for a package of a snippet.
const given = `package %s

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	"github.com/cosell-dev/partnercentral-go"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	%s
)
%s
`

// crm is the program of the reader, where no snippet declares it.
const crm = `
type CRM struct{}

func (CRM) MarkSubmitting(context.Context, pgx.Tx, string) error {  return nil }
`

// Every block of Go in the README and in docs compiles: whole files as they are,
// declarations beside the variables above, and statements in a function that
// returns an error.
func TestSnippets(t *testing.T) {
	pages, err := filepath.Glob(root + "/docs/*.md")
	require.NoError(t, err)
	pages = append(pages, root+"/README.md")
	out, err := os.MkdirTemp(".", "snippets")
	require.NoError(t, err)
	defer os.RemoveAll(out)
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	var from []string
	for _, page := range pages {
		raw, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, at := range blocks.FindAllSubmatchIndex(raw, -1) {
			line := 1 + strings.Count(string(raw[:at[2]]), "\n")
			name := fmt.Sprintf("s%03d", len(from))
			from = append(from, fmt.Sprintf("%s, line %d", strings.TrimPrefix(page, root+"/"), line))
			write(t, filepath.Join(out, name), name, string(raw[at[2]:at[3]]))
		}
	}
	require.Greater(t, len(from), 20)
	compiled, _ := exec.Command("go", "build", "-gcflags=-e", "./"+out+"/...").CombinedOutput()
	var problems []string
	for line := range strings.Lines(string(compiled)) {
		line = strings.TrimSpace(line)
		// What a snippet shows is often left unused.
		if strings.HasPrefix(line, "#") || line == "" || strings.Contains(line, "declared and not used") {
			continue
		}
		if m := regexp.MustCompile(`s(\d{3})/snippet\.go`).FindStringSubmatch(line); m != nil {
			var n int
			_, _ = fmt.Sscanf(m[1], "%d", &n)
			line = from[n] + ": " + line
		}
		problems = append(problems, line)
	}
	require.Empty(t, strings.Join(problems, "\n"))
}

// The page about the official client shows the adapter that is tested.
func TestAdapterIsTheTestedOne(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/official-client.md")
	require.NoError(t, err)
	file, err := os.ReadFile("../official/adapter.go")
	require.NoError(t, err)
	_, code, ok := strings.Cut(string(file), "\npackage official\n")
	require.True(t, ok)
	require.Contains(t, string(page), "package official\n"+code)
}

// write makes a package of a snippet.
func write(t *testing.T, dir, name, snippet string) {
	t.Helper()
	require.NoError(t, os.Mkdir(dir, 0o755))
	if strings.HasPrefix(snippet, "package ") {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "snippet.go"), []byte(snippet), 0o600))
		return
	}
	var used []string
	code := regexp.MustCompile(`//.*`).ReplaceAllString(snippet, "")
	for qualifier, path := range imports {
		if regexp.MustCompile(`\b` + qualifier + `\.[A-Z]`).MatchString(code) {
			used = append(used, fmt.Sprintf("%s %q", qualifier, path))
		}
	}
	body, declarations := split(snippet)
	if strings.TrimSpace(body) != "" {
		body = "func _() error {\n" + body + "\nreturn nil\n}\n"
	}
	source := fmt.Sprintf("package %s\n\nimport (\n%s\n)\n\n%s\n%s\n", name, strings.Join(used, "\n"), body, declarations)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "snippet.go"), []byte(source), 0o600))
	beside := fmt.Sprintf(given, name, strings.Join(variables, "\n\t"), crm)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "given.go"), []byte(beside), 0o600))
}

// split parts statements from functions and types, which begin a line and end
// with a brace alone on one.
func split(snippet string) (body, declarations string) {
	found := regexp.MustCompile(`(?ms)^(func [A-Z(]|type ).*?(^}$|}$)\n?`)
	return found.ReplaceAllString(snippet, ""), strings.Join(found.FindAllString(snippet, -1), "\n")
}
