// Package poll decides when to poll running tasks and which calls a round of
// polls costs. It is pure: it knows no client, no clock and no goroutine, so that a
// simulation can drive exactly what a waiter drives.
//
// The one idea behind both decisions: a task that has ended and was not yet
// polled costs its waiter one second of lag per second. The expected lag that
// has gathered since a task was last seen is what polling it is worth; a
// call has a price in seconds of lag. A round is due when what it shows is worth
// its calls, and it consists of the calls that are worth most. For one task of
// constant hazard h that gives intervals of sqrt(2·price/h), for n tasks on one
// page sqrt(2·price/(n·h)), and nothing has to be said about sizes, young and
// old, or ids and pages apart from that.
package poll
