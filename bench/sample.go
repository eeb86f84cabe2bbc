package main

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// sample is what a run of a contender took, per call.
type sample struct {
	wall, cpu     float64 // microseconds
	allocs, bytes float64
	perSecond     float64
	calls         float64
}

// measure makes calls from a number of callers for a time.
func measure(call caller, callers int, duration time.Duration) (sample, error) {
	ctx := context.Background()
	if err := call(ctx); err != nil {
		return sample{}, err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	end := start.Add(duration)
	var calls atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			n := int64(0)
			defer func() { calls.Add(n) }()
			for n == 0 || time.Now().Before(end) {
				if err := call(ctx); err != nil {
					failed.Store(&err)
					return
				}
				n++
			}
		})
	}
	wg.Wait()
	wall, cpu := time.Since(start), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	if err := failed.Load(); err != nil {
		return sample{}, *err
	}
	n := float64(calls.Load())
	return sample{
		wall:      float64(wall.Microseconds()) / n,
		cpu:       float64(cpu.Microseconds()) / n,
		allocs:    float64(after.Mallocs-before.Mallocs) / n,
		bytes:     float64(after.TotalAlloc-before.TotalAlloc) / n,
		perSecond: n / wall.Seconds(),
		calls:     n,
	}, nil
}

// contender is one of those that are measured side by side.
type contender struct {
	name string
	call caller
}

// race lets contenders take turns and returns the samples of each.
func race(s settings, callers int, contenders []contender) ([][]sample, error) {
	samples := make([][]sample, len(contenders))
	for run := range s.runs {
		for i := range contenders {
			// Each run starts with another one.
			i = (i + run) % len(contenders)
			got, err := measure(contenders[i].call, callers, s.duration)
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], got)
		}
	}
	return samples, nil
}

// newRow makes a row of one quantity of the samples.
func newRow(quantity, unit, goal string, contenders []contender, samples [][]sample, of func(sample) float64) row {
	r := row{quantity: quantity, unit: unit, goal: goal}
	for i, c := range contenders {
		var values []float64
		for _, s := range samples[i] {
			values = append(values, of(s))
		}
		r.contenders = append(r.contenders, c.name)
		r.samples = append(r.samples, values)
	}
	return r
}
