//go:build ignore

// The api program prints every exported name of the given package directories
// with its type, one line each, sorted: the form of the file api.txt.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	for _, dir := range os.Args[1:] {
		lines, err := exported(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, "api:", err)
			os.Exit(1)
		}
		for _, line := range lines {
			fmt.Println(line)
		}
	}
}

func exported(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if !ast.FileExports(file) {
			continue
		}
		for _, decl := range file.Decls {
			for _, line := range declared(decl) {
				lines = append(lines, file.Name.Name+": "+line)
			}
		}
	}
	slices.Sort(lines)
	return lines, nil
}

func declared(decl ast.Decl) (lines []string) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil && !ast.IsExported(receiver(d.Recv.List[0].Type)) {
			return nil
		}
		lines = append(lines, text(&ast.FuncDecl{Recv: unnamed(d.Recv), Name: d.Name, Type: d.Type}))
	case *ast.GenDecl:
		var typ ast.Expr
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				lines = append(lines, typeLines(s)...)
			case *ast.ValueSpec:
				if s.Type != nil || len(s.Values) > 0 {
					typ = s.Type
				}
				for i, name := range s.Names {
					line := d.Tok.String() + " " + name.Name
					if typ != nil {
						line += " " + text(typ)
					}
					if d.Tok == token.CONST && i < len(s.Values) {
						line += " = " + text(s.Values[i])
					}
					lines = append(lines, line)
				}
			}
		}
	}
	return lines
}

func typeLines(s *ast.TypeSpec) []string {
	name := "type " + s.Name.Name
	if s.Assign.IsValid() {
		return []string{name + " = " + text(s.Type)}
	}
	switch t := s.Type.(type) {
	case *ast.StructType:
		lines := []string{name + " struct"}
		for _, f := range t.Fields.List {
			if len(f.Names) == 0 {
				lines = append(lines, name+" struct, embeds "+text(f.Type))
			}
			for _, n := range f.Names {
				lines = append(lines, name+" struct, "+n.Name+" "+text(f.Type))
			}
		}
		return lines
	case *ast.InterfaceType:
		lines := []string{name + " interface"}
		for _, m := range t.Methods.List {
			if len(m.Names) == 0 {
				lines = append(lines, name+" interface, embeds "+text(m.Type))
			}
			for _, n := range m.Names {
				lines = append(lines, name+" interface, "+n.Name+strings.TrimPrefix(text(m.Type), "func"))
			}
		}
		return lines
	}
	return []string{name + " " + text(s.Type)}
}

// unnamed drops the name of a receiver, which is nothing that a caller sees.
func unnamed(recv *ast.FieldList) *ast.FieldList {
	if recv == nil {
		return nil
	}
	return &ast.FieldList{List: []*ast.Field{{Type: recv.List[0].Type}}}
}

func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

func text(node any) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), node); err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
