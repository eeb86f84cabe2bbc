package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cosell-dev/partnercentral-go"
)

// directory is a store with a file for each task. A table or a bucket would have
// the same three methods.
type directory string

func (d directory) file(task partnercentral.Task) string {
	return filepath.Join(string(d), filepath.Base(task.ID)+".json")
}

// save keeps a task. The file is written as a whole or not at all.
func (d directory) save(_ context.Context, task partnercentral.Task) error {
	b, err := json.Marshal(task)
	if err != nil {
		return err
	}
	whole := d.file(task)
	if err := os.WriteFile(whole+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(whole+".new", whole)
}

func (d directory) load(context.Context) ([]partnercentral.Task, error) {
	files, err := filepath.Glob(filepath.Join(string(d), "*.json"))
	if err != nil {
		return nil, err
	}
	var tasks []partnercentral.Task
	for _, name := range files {
		b, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // finished meanwhile
		}
		var task partnercentral.Task
		if err == nil {
			err = json.Unmarshal(b, &task)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		tasks = append(tasks, task)
	}
	return tasks, nil
}

func (d directory) remove(_ context.Context, task partnercentral.Task) error {
	err := os.Remove(d.file(task))
	if errors.Is(err, os.ErrNotExist) {
		return nil // by an earlier attempt
	}
	return err
}
