package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go"
)

// inMemory are the contenders without a socket, with ours getting an answer.
func inMemory(answer string) []contender {
	return []contender{
		{"ours", ours(canned(answer), "")},
		{"official", official(canned(moveAnswer), "")},
		{"bare", bare(canned(answer), "https://partnercentral-selling.us-east-1.api.aws")},
	}
}

// withClosure are clients with a closure in their stacks: ours is assembled for
// each call then, as the official one always is.
func withClosure() []contender { return changed(closure) }

// withOption are clients with a middleware of the SDK that was changed: ours
// goes through its reused chain then, link by link.
func withOption() []contender { return changed(awsmiddleware.AddUserAgentKeyValue("crm", "1.2")) }

func changed(option func(*middleware.Stack) error) []contender {
	cfg := func(answer string) aws.Config {
		cfg := config(canned(answer), "")
		cfg.APIOptions = append(cfg.APIOptions, option)
		return cfg
	}
	return []contender{
		{"ours", startTask(partnercentral.NewFromConfig(cfg(runningAnswer)))},
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
		callers    int
		contenders []contender
		goals      [2]string
	}{
		{"", 1, inMemory(runningAnswer), [2]string{"at most 0.45x", "at most 0.50x"}},
		{"16 callers: ", 16, inMemory(runningAnswer), [2]string{}},
		{"ten members: ", 1, inMemory(endedAnswer), [2]string{}},
		{"an option of the SDK: ", 1, withOption(), [2]string{}},
		{"closure among the middlewares: ", 1, withClosure(), [2]string{}},
	} {
		samples, err := race(s, group.callers, group.contenders)
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
