package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README names only what there is, and its test is one that runs.
func TestREADME(t *testing.T) {
	t.Chdir("..")
	raw, err := os.ReadFile("README.md")
	require.NoError(t, err)
	readme := string(raw)

	first, err := os.ReadFile("partnercentraltest/first_ext_test.go")
	require.NoError(t, err)
	_, body, ok := strings.Cut(string(first), "func TestSubmit")
	require.True(t, ok)
	require.Contains(t, readme, "func TestSubmit"+body)

	for qualifier, dir := range map[string]string{"partnercentral": ".", "partnercentraltest": "partnercentraltest", "partnercentralevents": "partnercentralevents"} {
		names := exported(t, dir)
		used := regexp.MustCompile(`\b`+qualifier+`\.([A-Z]\w*)`).FindAllStringSubmatch(readme, -1)
		require.NotEmpty(t, used)
		for _, m := range used {
			require.Contains(t, names, m[1], "%s.%s", qualifier, m[1])
		}
	}
	// Error types stand in tables without a qualifier.
	names := exported(t, ".")
	for _, m := range regexp.MustCompile("`\\*([A-Z]\\w*(?:Error|Exception))`").FindAllStringSubmatch(readme, -1) {
		if m[1] != "ResponseError" { // of aws/transport/http
			require.Contains(t, names, m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\(([^)h#][^)]*)\)|go run \./([\w/-]+)`).FindAllStringSubmatch(readme, -1) {
		_, err := os.Stat(m[1] + m[2])
		require.NoError(t, err, "what the README points at")
	}
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
