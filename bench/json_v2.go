//go:build goexperiment.jsonv2

package main

const decodeGoal = "at most 1.00x"

func jsonVersion() string { return ", GOEXPERIMENT=jsonv2" }
