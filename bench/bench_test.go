package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func benchmark(b *testing.B, callers int, contenders []contender) {
	for _, c := range contenders {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			if callers > 1 {
				b.SetParallelism(callers)
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := c.call(context.Background()); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func BenchmarkMemory(b *testing.B)    { benchmark(b, 1, inMemory(runningAnswer)) }
func BenchmarkRunner(b *testing.B)    { benchmark(b, 1, byRunner()) }
func BenchmarkWaiter(b *testing.B)    { benchmark(b, 1, byWaiter()) }
func BenchmarkAPIOption(b *testing.B) { benchmark(b, 1, withAPIOption()) }

func BenchmarkLoopback(b *testing.B) {
	for _, secure := range []bool{false, true} {
		b.Run(fmt.Sprintf("TLS=%t", secure), func(b *testing.B) {
			l := newLoopback(secure, runningAnswer)
			defer l.Close()
			benchmark(b, 16, l.contenders())
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmark(b, 1, decoders(n)) })
	}
}

// Both decoders must read the same, or the comparison says nothing.
func TestDecodersAgree(t *testing.T) {
	body := page(25)
	ours, err := decodeOurs(body)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := newSchemaDecoder().decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(ours.TaskSummaries) != 25 || *ours.NextToken != *theirs.NextToken {
		t.Fatalf("%d summaries", len(ours.TaskSummaries))
	}
	for i, a := range ours.TaskSummaries {
		b := theirs.TaskSummaries[i]
		if *a.TaskId != *b.TaskId || *a.TaskArn != *b.TaskArn || !a.StartTime.Equal(*b.StartTime) || a.TaskStatus != b.TaskStatus ||
			a.ReasonCode != b.ReasonCode || (a.Message == nil) != (b.Message == nil) || *a.OpportunityId != *b.OpportunityId ||
			*a.EngagementId != *b.EngagementId || *a.EngagementInvitationId != *b.EngagementInvitationId || *a.ResourceSnapshotJobId != *b.ResourceSnapshotJobId {
			t.Fatalf("summary %d: %+v and %+v", i, a, b)
		}
	}
}

// Allocations are exact, and the same on every machine.
func TestAllocationsOfACall(t *testing.T) {
	contenders := inMemory(runningAnswer)
	allocs := func(c contender) float64 {
		return testing.AllocsPerRun(200, func() {
			if err := c.call(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	// The goal is 0.45. The race detector makes pools forget, and so adds a few.
	if ours, official := allocs(contenders[0]), allocs(contenders[1]); ours > 0.46*official {
		t.Errorf("%.0f allocations beside %.0f of the official client", ours, official)
	}
}

func TestTable(t *testing.T) {
	if got := ratio([]float64{1, 2, 30}, []float64{2, 4, 10}); got != 0.5 {
		t.Errorf("median ratio %v", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median %v", got)
	}
	var out strings.Builder
	printTable(&out, "Title", []row{{quantity: "q", unit: "B", contenders: []string{"ours", "theirs"}, samples: [][]float64{{1, 2, 3}, {4, 4, 4}}, goal: "g"}})
	for _, want := range []string{"Title", "| q ", "2 B", "0.50x"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing from %s", want, &out)
		}
	}
}

func TestSections(t *testing.T) {
	if err := run("memory,idle", settings{runs: 1, duration: time.Millisecond}); err != nil {
		t.Error(err)
	}
	if err := run("nothing", settings{runs: 1}); err == nil {
		t.Error("an unknown section passes")
	}
}
