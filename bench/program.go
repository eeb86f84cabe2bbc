package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The two programs that make one call, ours first.
var programs = []struct{ name, path string }{
	{"ours", "github.com/cosell-dev/partnercentral-go/bench/onecall/partnercentral"},
	{"official", "github.com/cosell-dev/partnercentral-go/bench/onecall/sqs"},
}

// goCommand runs the go command, which needs the module's source: this is for a
// checkout.
func goCommand(env []string, args ...string) (output string, cpuSeconds float64, err error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", 0, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), nil
}

func measureSize(settings) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary := row{quantity: "binary", unit: "KiB", goal: "below 1.00x"}
	stripped := row{quantity: "binary, stripped", unit: "KiB", goal: "below 1.00x"}
	packages := row{quantity: "packages", goal: "below 1.00x"}
	foreign := row{quantity: "packages that are not of the standard library"}
	for _, p := range programs {
		for _, r := range []*row{&binary, &stripped, &packages, &foreign} {
			r.contenders = append(r.contenders, p.name)
		}
		for _, b := range []struct {
			r     *row
			flags string
		}{{&binary, ""}, {&stripped, "-s -w"}} {
			file := filepath.Join(dir, p.name)
			if _, _, err := goCommand(nil, "build", "-trimpath", "-ldflags="+b.flags, "-o", file, p.path); err != nil {
				return nil, err
			}
			info, err := os.Stat(file)
			if err != nil {
				return nil, err
			}
			b.r.samples = append(b.r.samples, []float64{float64(info.Size()) / 1024})
		}
		list, _, err := goCommand(nil, "list", "-deps", "-f", "{{.Standard}}", p.path)
		if err != nil {
			return nil, err
		}
		packages.samples = append(packages.samples, []float64{float64(strings.Count(list, "\n"))})
		foreign.samples = append(foreign.samples, []float64{float64(strings.Count(list, "false\n"))})
	}
	return []row{binary, stripped, packages, foreign}, nil
}

func measureCompile(s settings) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	standard := filepath.Join(dir, "standard")
	if _, _, err := goCommand([]string{"GOCACHE=" + standard}, "build", "std"); err != nil {
		return nil, err
	}
	r := row{quantity: "processor time", unit: "s", samples: make([][]float64, len(programs))}
	for run := range s.runs {
		for i, p := range programs {
			cache := filepath.Join(dir, fmt.Sprintf("cache-%d-%d", run, i))
			if err := os.CopyFS(cache, os.DirFS(standard)); err != nil {
				return nil, err
			}
			_, seconds, err := goCommand([]string{"GOCACHE=" + cache}, "build", "-o", filepath.Join(dir, "program"), p.path)
			if err != nil {
				return nil, err
			}
			if err := os.RemoveAll(cache); err != nil {
				return nil, err
			}
			r.samples[i] = append(r.samples[i], seconds)
		}
	}
	for _, p := range programs {
		r.contenders = append(r.contenders, p.name)
	}
	return []row{r}, nil
}
