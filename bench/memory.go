package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go"
)

// inMemory are the contenders without a socket. With a closure in it the stack
// of ours is assembled for each call, as the official one always is.
func inMemory() []contender {
	return []contender{
		{"ours", ours(canned(startAnswer), "")},
		{"official", official(canned(moveAnswer), "")},
	}
}

// shortAnswers lets ours decode about as much as the official client does.
func shortAnswers() []contender {
	return []contender{
		{"ours", ours(canned(shortAnswer), "")},
		{"official", official(canned(moveAnswer), "")},
	}
}

func withClosure() []contender {
	cfg := func(answer string) aws.Config {
		cfg := config(canned(answer), "")
		cfg.APIOptions = append(cfg.APIOptions, closure)
		return cfg
	}
	return []contender{
		{"ours", startTask(partnercentral.NewFromConfig(cfg(startAnswer)))},
		{"official", moveTask(sqs.NewFromConfig(cfg(moveAnswer)))},
	}
}

func closure(s *middleware.Stack) error {
	return s.Initialize.Add(middleware.InitializeMiddlewareFunc("closure", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(ctx, in)
	}), middleware.Before)
}

func measureMemory(s settings) ([]row, error) {
	var rows []row
	for _, group := range []struct {
		name       string
		contenders []contender
		goals      [2]string
	}{
		{"", inMemory(), [2]string{"at most 0.45x", "at most 0.50x"}},
		{"short answer: ", shortAnswers(), [2]string{"at most 0.45x", "at most 0.50x"}},
		{"closure among the middlewares: ", withClosure(), [2]string{}},
	} {
		samples, err := race(s, 1, group.contenders)
		if err != nil {
			return nil, err
		}
		rows = append(rows,
			newRow(group.name+"allocations", "", group.goals[0], group.contenders, samples, func(s sample) float64 { return s.allocs }),
			newRow(group.name+"allocated", "B", "", group.contenders, samples, func(s sample) float64 { return s.bytes }),
			newRow(group.name+"time", "µs", group.goals[1], group.contenders, samples, func(s sample) float64 { return s.wall }),
			newRow(group.name+"processor time", "µs", group.goals[1], group.contenders, samples, func(s sample) float64 { return s.cpu }),
		)
	}
	return rows, nil
}
