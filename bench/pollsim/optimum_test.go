package main

import (
	"testing"
	"time"
)

// The optimum is known from another calculation.
func TestOptimum(t *testing.T) {
	got := optimum(20*time.Second, 120*time.Second, 4.78)
	t.Log(got)
	if got < 2800*time.Millisecond || got > 2850*time.Millisecond {
		t.Errorf("%s, and it is 2.75 s and half a call", got)
	}
	if more := optimum(20*time.Second, 120*time.Second, 5.5); more >= got {
		t.Errorf("%s with more requests", more)
	}
}
