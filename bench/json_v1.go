//go:build !goexperiment.jsonv2

package main

const decodeGoal = "at most 2.00x"

func jsonVersion() string { return "" }
