// Package partnercentralevents reads the events that AWS Partner Central sends
// to Amazon EventBridge, and finds the tasks that each may be about.
//
// [Parse] returns an [Event], whose Detail has one Go type per detail-type.
// [Event.Tasks] returns values for [partnercentral.TaskWaiter.Nudge], which polls
// a task at once. Events only save time: delivery is best effort, order is not
// guaranteed, duplicates occur, and no event says that a task ended or failed.
// Keep waiting with the TaskWaiter.
//
// Field comments name the evidence: a member is "documented" if AWS's developer
// guide shows it, "observed" if only a recorded event does, and "inferred"
// otherwise. AWS documents examples and no schema, so any member may be absent;
// its field is then zero.
package partnercentralevents
