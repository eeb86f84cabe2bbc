package partnercentralevents

import (
	"encoding/json"
	"fmt"
)

// notification is what SNS delivers to SQS. DetailType is there if it is an
// event instead.
type notification struct {
	DetailType json.RawMessage `json:"detail-type"`
	Type       json.RawMessage
	Message    json.RawMessage
}

func (n *notification) event() (Event, error) {
	var kind, message string
	if err := json.Unmarshal(n.Type, &kind); err != nil || kind != "Notification" {
		problem := `should be "Notification" in a message of SNS`
		if kind != "" {
			problem += ", and is " + quoted(kind) + ": that has no event"
		}
		return Event{}, &ParseError{Member: "Type", Problem: problem}
	}
	if err := json.Unmarshal(n.Message, &message); err != nil {
		return Event{}, &ParseError{Member: "Message", Problem: "should be a string with an event"}
	}
	return parse([]byte(message), "Message")
}

// wrapped returns an error that says what to pass instead, if data is known to
// have its event or events inside, and else nil.
func wrapped(data []byte, path string) error {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && list != nil {
		return &ParseError{Member: path, Problem: fmt.Sprintf("is a list of %s: parse each by itself", count(len(list), "element"))}
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(data, &members) // what is no object has none
	has := func(name string) bool { return members[name] != nil }
	wrong := func(name, problem string) error { return &ParseError{Member: member(path, name), Problem: problem} }
	switch {
	case has("detail-type"), has("source"):
		return nil // an event, whatever else it has
	case has("Records"):
		return wrong("Records", records(members["Records"]))
	case has("Messages"):
		return wrong("Messages", "are what ReceiveMessage of SQS answers: parse the Body of each")
	case has("Entries"):
		return wrong("Entries", "are those of a request of PutEvents: pass what EventBridge delivers, which has source, detail-type and detail")
	case has("Body") && has("MessageId"):
		return wrong("Body", "is that of a message of SQS: parse the Body alone")
	case has("body") && has("messageId"):
		return wrong("body", "is that of a message of SQS: parse the body alone")
	case has("body") && has("requestContext"):
		return wrong("body", "is that of an HTTP request, such as of API Gateway: parse the body alone, decoded first if isBase64Encoded is true")
	}
	return nil
}

// records says what to do with what a service passes to a Lambda function.
func records(data json.RawMessage) string {
	// A record has the name of the service, in either case, and the message where
	// that service puts it.
	var all []struct {
		EventSource string
		Body        json.RawMessage
		SNS         json.RawMessage
	}
	if json.Unmarshal(data, &all) != nil || len(all) == 0 {
		return "should hold messages, and holds none"
	}
	n, first := len(all), all[0]
	switch {
	case first.SNS != nil:
		return fmt.Sprintf("holds %s of SNS: parse the Sns of each", count(n, "notification"))
	case first.Body != nil:
		return fmt.Sprintf("holds %s of SQS: parse the body of each", count(n, "message"))
	}
	of := ""
	if first.EventSource != "" {
		of = " of " + quoted(first.EventSource)
	}
	return fmt.Sprintf("holds %s%s: parse the event in each by itself", count(n, "record"), of)
}

// count writes a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
