package tests

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The README and the pages of docs name only what there is, and the test that
// they show is one that runs.
func TestDocs(t *testing.T) {
	t.Chdir("..")
	first, err := os.ReadFile("partnercentraltest/first_ext_test.go")
	require.NoError(t, err)
	_, body, ok := strings.Cut(string(first), "func TestSubmit")
	require.True(t, ok)
	testing, err := os.ReadFile("docs/testing.md")
	require.NoError(t, err)
	require.Contains(t, string(testing), "func TestSubmit"+body)

	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md", "RELEASE.md", "SECURITY.md", "CHANGELOG.md") {
		raw, err := os.ReadFile(page)
		require.NoError(t, err)
		checkNames(t, page, string(raw))
		checkLinks(t, page, string(raw))
	}
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	require.Less(t, strings.Count(string(readme), "\n"), 150, "the README is for a first look; the rest belongs in docs")
	for _, page := range pages {
		require.Contains(t, string(readme), "("+page+")", "no link leads to it")
	}
}

func checkNames(t *testing.T, page, text string) {
	t.Helper()
	for qualifier, dir := range map[string]string{"partnercentral": ".", "partnercentraltest": "partnercentraltest", "partnercentralevents": "partnercentralevents", "partnercentralriver": "river"} {
		names := exported(t, dir)
		for _, m := range regexp.MustCompile(`\b`+qualifier+`\.([A-Z]\w*)`).FindAllStringSubmatch(text, -1) {
			require.Contains(t, names, m[1], "%s: %s.%s", page, qualifier, m[1])
		}
	}
	// Error types stand in tables without a qualifier.
	names := exported(t, ".")
	for _, dir := range []string{"partnercentralevents", "river"} {
		maps.Copy(names, exported(t, dir))
	}
	for _, m := range regexp.MustCompile("`\\*([A-Z]\\w*(?:Error|Exception))`").FindAllStringSubmatch(text, -1) {
		if m[1] != "ResponseError" { // of aws/transport/http
			require.Contains(t, names, m[1], page)
		}
	}
}

// checkLinks looks up the files, and the headings in them, that a page points at.
func checkLinks(t *testing.T, page, text string) {
	t.Helper()
	text = regexp.MustCompile("(?ms)^```(?:go|diff)$.*?^```$").ReplaceAllString(text, "")
	for _, m := range regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)|go run (\./[\w/-]+)`).FindAllStringSubmatch(text, -1) {
		target := filepath.Join(filepath.Dir(page), m[1])
		if m[3] != "" {
			target = m[3]
		} else if m[1] == "" {
			target = page
		}
		if strings.HasPrefix(m[1], "http") {
			continue
		}
		_, err := os.Stat(target)
		require.NoError(t, err, "%s points at it", page)
		if m[2] != "" {
			raw, err := os.ReadFile(target)
			require.NoError(t, err)
			require.Contains(t, anchors(string(raw)), m[2], "%s points at it in %s", page, target)
		}
	}
}

// anchors returns the links to the headings of a page, as GitHub makes them.
func anchors(text string) (found []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
		found = append(found, "#"+strings.ReplaceAll(name, " ", "-"))
	}
	return found
}

// exported returns the exported names that a package declares at its top.
func exported(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	names := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						names[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, name := range s.Names {
							names[name.Name] = true
						}
					}
				}
			}
		}
	}
	return names
}

// Every feature has an example that runs, in a file of its own.
func TestExamples(t *testing.T) {
	for feature, where := range map[string]struct{ file, name string }{
		"start":                         {"example_start_test.go", "Client_StartEngagementFromOpportunityTask"},
		"wait":                          {"example_wait_test.go", "TaskWaiter_Wait"},
		"wait for many":                 {"example_wait_all_test.go", "TaskWaiter_WaitAll"},
		"resume":                        {"example_resume_test.go", "Task"},
		"run":                           {"example_run_test.go", "Runner_Run"},
		"run many":                      {"example_run_all_test.go", "Runner_RunAll"},
		"adopt":                         {"example_adopt_test.go", "RunnerOptions_adopt"},
		"quota":                         {"example_quota_test.go", "Quota"},
		"quota beside another client":   {"conformance/aws/example_quota_beside_official_test.go", "_quotaBesideOfficial"},
		"quota for any other means":     {"example_quota_wait_test.go", "Quota_Wait"},
		"events":                        {"partnercentralevents/example_ext_test.go", ""},
		"fake":                          {"partnercentraltest/example_fake_test.go", "Service_Script"},
		"faults":                        {"partnercentraltest/example_faults_test.go", "Service_Fault"},
		"prospecting":                   {"example_prospecting_test.go", "TaskFailedError_engagements"},
		"errors":                        {"example_errors_test.go", "ValidationException"},
		"errors of runs":                {"example_run_error_test.go", "RunError"},
		"telemetry":                     {"example_telemetry_test.go", "Options_telemetry"},
		"tasks on a database":           {"river/example_test.go", ""},
		"what a waiter has learned":     {"example_durations_test.go", "TaskWaiter_Durations"},
		"invitations":                   {"example_invitations_test.go", "ListEngagementInvitationsPaginator"},
		"one poll for any number":       {"example_refresh_all_test.go", "TaskWaiter_RefreshAll"},
		"a mock":                        {"example_mock_test.go", "StartEngagementFromOpportunityTaskAPIClient"},
		"the fields that failed a task": {"example_field_errors_test.go", "TaskFailedError_FieldErrors"},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", where.file), nil, parser.ParseComments)
		require.NoError(t, err, feature)
		found := false
		for _, example := range doc.Examples(file) {
			if example.Name == where.name {
				found = example.Output != "" || example.EmptyOutput
			}
		}
		require.True(t, found, "%s: no Example%s with an output in %s", feature, where.name, where.file)
	}
}

// Every public name has a comment: types, functions, methods, groups of constants
// and members of structs. What the standard library's interfaces ask for, such as
// Error, needs none.
func TestEveryPublicNameIsDescribed(t *testing.T) {
	wellKnown := regexp.MustCompile(`^(Error|ErrorCode|ErrorMessage|ErrorFault|Unwrap|Is|String)$`)
	for _, dir := range []string{"..", "../partnercentraltest", "../partnercentralevents", "../river"} {
		files := token.NewFileSet()
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(files, name, nil, parser.ParseComments|parser.SkipObjectResolution)
			require.NoError(t, err)
			ast.FileExports(file)
			for _, decl := range file.Decls {
				switch d := decl.(type) {
				case *ast.FuncDecl:
					if !wellKnown.MatchString(d.Name.Name) && exportedReceiver(d) {
						assert.NotNil(t, d.Doc, "%s: %s", files.Position(d.Pos()), d.Name.Name)
					}
				case *ast.GenDecl:
					if d.Tok != token.IMPORT {
						checkSpecs(t, files, d)
					}
				}
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	of := d.Recv.List[0].Type
	for {
		switch x := of.(type) {
		case *ast.StarExpr:
			of = x.X
		case *ast.IndexExpr:
			of = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

func checkSpecs(t *testing.T, files *token.FileSet, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			assert.True(t, d.Doc != nil || s.Doc != nil, "%s: %s", files.Position(s.Pos()), s.Name.Name)
			if fields, ok := s.Type.(*ast.StructType); ok {
				checkFields(t, files, s.Name.Name, fields.Fields.List)
			}
		case *ast.ValueSpec:
			assert.True(t, d.Doc != nil || s.Doc != nil || s.Comment != nil, "%s: %s", files.Position(s.Pos()), s.Names[0].Name)
		}
	}
}

// checkFields takes the comment of a field for one of those that follow it without
// an empty line, too.
func checkFields(t *testing.T, files *token.FileSet, name string, fields []*ast.Field) {
	t.Helper()
	end := 0
	for _, field := range fields {
		line := files.Position(field.Pos()).Line
		if len(field.Names) > 0 {
			described := field.Doc != nil || field.Comment != nil || line == end+1
			assert.True(t, described, "%s: %s.%s", files.Position(field.Pos()), name, field.Names[0].Name)
		}
		end = files.Position(field.End()).Line
	}
}
