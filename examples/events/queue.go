package main

import (
	"context"
	"errors"
	"log"
)

// message is one of a queue.
type message struct {
	body string
	// receipt deletes it.
	receipt string
}

// queue is what the consumer needs of SQS: ReceiveMessage with a WaitTimeSeconds
// of 20, and DeleteMessage. The queue should have a dead-letter queue: a message
// that cannot be read is never deleted.
type queue interface {
	// receive waits until there are messages, or ctx has ended.
	receive(context.Context) ([]message, error)
	remove(context.Context, message) error
}

// consume finishes the saved tasks while it takes events from the queue, and
// returns when none is left. (A server that goes on would give WaitAll a sequence
// that blocks until another task is saved.)
func (f *finisher) consume(ctx context.Context, q queue) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	begun := make(chan struct{})
	finished := make(chan error, 1)
	go func() {
		finished <- f.finish(ctx, func() { close(begun) })
		stop()
	}()
	select {
	case <-begun:
	case err := <-finished:
		return err
	}
	err := f.receive(ctx, q)
	stop()
	return errors.Join(<-finished, err)
}

// receive nudges the waiter for each message until ctx ends.
func (f *finisher) receive(ctx context.Context, q queue) error {
	for ctx.Err() == nil {
		messages, err := q.receive(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		for _, m := range messages {
			tasks, err := f.hear([]byte(m.body))
			if err != nil {
				log.Printf("message %s: %v", m.receipt, err)
				continue
			}
			f.nudge(tasks)
			// A message that could not be deleted comes again, and is then no news.
			if err := q.remove(ctx, m); err != nil {
				log.Printf("message %s: %v", m.receipt, err)
			}
		}
	}
	return nil
}
