package main

import (
	"errors"
	"io"
	"syscall"
)

// output is where results go. It remembers that some of them were lost.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.w.Write(b)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// problem says in one sentence why results were lost.
func (o *output) problem() string {
	switch {
	case errors.Is(o.err, syscall.EPIPE):
		return "not all of the output was taken: the program that reads it has ended"
	case errors.Is(o.err, syscall.ENOSPC):
		return "the output cannot be written: the disk is full"
	}
	return "the output cannot be written: see to where it is sent"
}
