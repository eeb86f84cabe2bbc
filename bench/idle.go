package main

import (
	"context"
	"runtime"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cosell-dev/partnercentral-go"
)

// idleClients is how many clients are made to see what one needs.
const idleClients = 2000

func measureIdle(s settings) ([]row, error) {
	var rows []row
	for _, test := range []struct {
		name string
		used bool
	}{{"made, never used", false}, {"after a call", true}} {
		r := row{quantity: test.name, unit: "B", contenders: []string{"ours", "official"}, samples: make([][]float64, 2)}
		for range s.runs {
			for i, newClient := range []func() (any, caller){
				func() (any, caller) {
					c := partnercentral.NewFromConfig(config(nil, ""), func(o *partnercentral.Options) { o.HTTPClient = canned(runningAnswer) })
					return c, startTask(c)
				},
				func() (any, caller) {
					c := sqs.NewFromConfig(config(nil, ""), func(o *sqs.Options) { o.HTTPClient = canned(moveAnswer) })
					return c, moveTask(c)
				},
			} {
				size, err := idle(newClient, test.used)
				if err != nil {
					return nil, err
				}
				r.samples[i] = append(r.samples[i], size)
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func idle(newClient func() (any, caller), used bool) (float64, error) {
	before := heap()
	kept := make([]any, idleClients)
	for i := range kept {
		client, call := newClient()
		if used {
			if err := call(context.Background()); err != nil {
				return 0, err
			}
		}
		kept[i] = client
	}
	size := float64(heap()-before) / idleClients
	runtime.KeepAlive(kept)
	return size, nil
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
