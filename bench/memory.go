package main

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

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

// byRunner are Starts that the runner makes, beside the same by the clients alone.
func byRunner() []contender {
	cfg := config(canned(endedAnswer), "")
	return []contender{
		{"ours", runTask(partnercentral.NewFromConfig(cfg))},
		{"official", official(canned(moveAnswer), "")},
		{"client", startTask(partnercentral.NewFromConfig(cfg))},
	}
}

// byWaiter are Lists that the waiter makes, beside the same by the clients alone.
func byWaiter() []contender {
	cfg := config(canned(listAnswer), "")
	return []contender{
		{"ours", poll(partnercentral.NewFromConfig(cfg))},
		{"official", listMoves(sqs.NewFromConfig(config(canned(movesAnswer), "")))},
		{"client", listTasks(partnercentral.NewFromConfig(cfg))},
	}
}

// withAPIOption are clients with an API option: ours assembles a stack for each
// call then, as the official one always does.
func withAPIOption() []contender {
	cfg := func(answer string) aws.Config {
		cfg := config(canned(answer), "")
		cfg.APIOptions = append(cfg.APIOptions, awsmiddleware.AddUserAgentKeyValue("crm", "1.2"))
		return cfg
	}
	return []contender{
		{"ours", startTask(partnercentral.NewFromConfig(cfg(runningAnswer)))},
		{"official", moveTask(sqs.NewFromConfig(cfg(moveAnswer)))},
	}
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
		{"by the runner: ", 1, byRunner(), [2]string{}},
		{"by the waiter: ", 1, byWaiter(), [2]string{}},
		{"with an API option: ", 1, withAPIOption(), [2]string{}},
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
