// Command bench measures this library beside an official client of the same
// protocol and shape (SQS, StartMessageMoveTask) and beside plain net/http.
//
//	go run ./bench
//	go run ./bench -only memory,loopback -runs 12
//	GOEXPERIMENT=jsonv2 go run ./bench -only decode
//
// Contenders take turns, so that what else the machine does hits all of them;
// each number is the median of the runs, and a ratio is the median of the ratios
// of each run.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// settings say how much to measure.
type settings struct {
	// Runs of each contender.
	runs int
	// Time of each run, for what is measured by time.
	duration time.Duration
}

var sections = []struct {
	name  string
	title string
	run   func(settings) ([]row, error)
}{
	{"memory", "One call in memory", measureMemory},
	{"loopback", "Calls on loopback, server in the same process", measureLoopback},
	{"decode", "Reading a page of summaries" + jsonVersion(), measureDecode},
	{"idle", "Memory of a client", measureIdle},
	{"size", "A program that makes one call", measureSize},
	{"compile", "Compiling that program, standard library already compiled", measureCompile},
}

func main() {
	only := flag.String("only", "", "comma-separated `sections` to run (default all): memory, loopback, decode, idle, size, compile")
	s := settings{}
	flag.IntVar(&s.runs, "runs", 6, "runs of each contender")
	flag.DurationVar(&s.duration, "time", 500*time.Millisecond, "time of each run")
	flag.Parse()
	if err := run(*only, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(only string, s settings) error {
	wanted := strings.Split(only, ",")
	known := 0
	fmt.Println(machine(s))
	for _, section := range sections {
		if only != "" && !slices.Contains(wanted, section.name) {
			continue
		}
		known++
		rows, err := section.run(s)
		if err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
		printTable(os.Stdout, section.title, rows)
	}
	if only != "" && known != len(wanted) {
		return fmt.Errorf("-only %s names a section that does not exist", only)
	}
	return nil
}

func machine(s settings) string {
	versions := []string{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, fmt.Sprintf("%d CPUs", runtime.GOMAXPROCS(0))}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if strings.HasSuffix(dep.Path, "/service/sqs") || strings.HasSuffix(dep.Path, "/aws-sdk-go-v2") || strings.HasSuffix(dep.Path, "/smithy-go") {
				versions = append(versions, strings.TrimPrefix(dep.Path, "github.com/aws/")+" "+dep.Version)
			}
		}
	}
	return fmt.Sprintf("%s; %s; median of %d runs", time.Now().Format(time.DateOnly), strings.Join(versions, ", "), s.runs)
}
