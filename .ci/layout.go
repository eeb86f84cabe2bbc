//go:build ignore

// The layout program fails if a source file at the root does not belong there,
// if a source file is longer than 500 lines, or a function longer than 60.
// Tests are exempt from the lengths.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxFile     = 500
	maxFunction = 60
)

// root lists the source files of the root package, in the order in which to
// read them.
var root = []string{
	"doc.go",
	"client.go",
	"config.go",
	"options.go",
	"tasks.go",
	"engagement_by_accepting_invitation.go",
	"engagement_from_opportunity.go",
	"opportunity_from_engagement.go",
	"prospecting_from_engagement.go",
	"prospecting_results.go",
	"engagement_invitations.go",
	"types.go",
	"reason_code.go",
	"errors.go",
	"task.go",
	"task_arn.go",
	"task_errors.go",
	"waiter.go",
	"waiter_config.go",
	"runner.go",
	"runner_start.go",
	"runner_all.go",
	"runner_adopt.go",
	"quota.go",
}

// rootTests lists the tests at the root that are no examples: those of what is
// unexported there.
var rootTests = []string{
	"derive_test.go",
	"export_test.go",
	"golden_test.go",
	"reason_code_test.go",
	"token_test.go",
}

func main() {
	var problems []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		if filepath.Dir(path) == "." {
			problems = append(problems, checkRoot(path)...)
		}
		if !strings.HasSuffix(path, "_test.go") {
			long, err := checkLengths(path)
			if err != nil {
				return err
			}
			problems = append(problems, long...)
		}
		return nil
	})
	if err != nil {
		problems = append(problems, err.Error())
	}
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

func checkRoot(name string) []string {
	switch {
	case strings.HasPrefix(name, "example_") && strings.HasSuffix(name, "_test.go"),
		slices.Contains(rootTests, name), slices.Contains(root, name):
		return nil
	case strings.HasSuffix(name, "_test.go"):
		return []string{name + ": black-box tests belong in tests/, others beside what they test"}
	}
	return []string{name + ": not a file of the root package; see the list in .ci/layout.go"}
}

func checkLengths(path string) (problems []string, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if n := files.File(file.FileStart).LineCount(); n > maxFile+1 {
		problems = append(problems, fmt.Sprintf("%s: %d lines, more than %d", path, n, maxFile))
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		if n := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; n > maxFunction {
			problems = append(problems, fmt.Sprintf("%s: %s has %d lines, more than %d", path, f.Name.Name, n, maxFunction))
		}
	}
	return problems, nil
}
