// Command resume shows that waits survive their process: it starts 100 tasks,
// saves them, and waits; when it is killed and run again with the same file, it
// takes all of them up where they were left. A Task is its own resume token.
//
//	go run ./examples/resume
//
// shows that with the fake service: it runs itself, kills it and runs it again.
// With PARTNERCENTRAL_ENDPOINT set it talks to that endpoint instead, with the
// credentials of the environment, and keeps its tasks in the file -tasks.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
)

func main() {
	file := flag.String("tasks", "tasks.json", "where the tasks are saved")
	n := flag.Int("n", 100, "how many tasks to start if none are saved")
	flag.Parse()
	if os.Getenv("PARTNERCENTRAL_ENDPOINT") == "" {
		if err := demo(os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "resume:", err)
			os.Exit(1)
		}
		return
	}
	client := partnercentral.New(partnercentral.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(os.Getenv("PARTNERCENTRAL_ENDPOINT")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
		}),
	})
	if err := run(context.Background(), os.Stdout, client, *file, *n); err != nil {
		fmt.Fprintln(os.Stderr, "resume:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, client *partnercentral.Client, file string, n int) error {
	tasks, err := load(file)
	switch {
	case err == nil:
		fmt.Fprintf(w, "resumed %d tasks\n", len(tasks))
	case errors.Is(err, os.ErrNotExist):
		if tasks, err = start(ctx, client, n); err != nil {
			return err
		}
		if err := save(file, tasks); err != nil {
			return err
		}
		fmt.Fprintf(w, "started and saved %d tasks\n", len(tasks))
	default:
		return err
	}

	waiter := partnercentral.NewTaskWaiter(client)
	defer waiter.Close()
	ended := 0
	for task, err := range waiter.WaitAll(ctx, slices.Values(tasks), time.Hour) {
		var failed *partnercentral.TaskFailedError
		if err != nil && !errors.As(err, &failed) {
			return err
		}
		ended++
		fmt.Fprintln(w, task.ID, task.Status)
	}
	fmt.Fprintf(w, "all %d tasks have ended\n", ended)
	return os.Remove(file)
}

func start(ctx context.Context, client *partnercentral.Client, n int) ([]partnercentral.Task, error) {
	tasks := make([]partnercentral.Task, 0, n)
	for i := range n {
		started, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog:       aws.String(partnercentral.CatalogSandbox),
			Identifier:    aws.String(fmt.Sprintf("O%d", 1000001+i)),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
			// The same after a crash: a second run would not start a second task.
			ClientToken: aws.String(partnercentral.ClientTokenFor(fmt.Sprintf("resume/%d", i))),
		})
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, started.Task())
	}
	return tasks, nil
}

func load(file string) (tasks []partnercentral.Task, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return tasks, json.Unmarshal(b, &tasks)
}

// save writes the file as a whole or not at all: a crash in the middle must not
// leave half a list.
func save(file string, tasks []partnercentral.Task) error {
	b, err := json.Marshal(tasks)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), "tasks-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
