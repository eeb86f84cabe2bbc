package partnercentraltest

import (
	"strings"

	"github.com/cosell-dev/partnercentral-go"
)

// FaultHeader is the request header by which a caller asks for a fault of its
// own call, so that tests which share a service need no admin interface. Its
// value is the name of an effect, such as "throttle", or a fault in JSON, such
// as {"effect":"error","code":"ConflictException","times":2}. Without a count it
// strikes always; nth and times count the attempts of the call, as the SDK
// numbers them in its header amz-sdk-request. A fault of a script goes first.
//
// SDKs sign no header of this name. A proxy that drops unknown headers drops it.
const FaultHeader = "X-Fake-Fault"

var headerMembers = append([]string{"nth", "times", "always"}, effectMembers...)

// headerFault reads the fault that a caller asks for, or returns nil where it
// does not strike this attempt.
func headerFault(text string, attempt int) (*Fault, *refusal) {
	if text == "" {
		return nil, nil
	}
	root := node{value: map[string]node{"effect": {value: text}}}
	var err error
	if strings.HasPrefix(text, "{") {
		root, err = readTree(strings.NewReader(text))
	}
	var found mistakes
	if err != nil {
		found.add("", 0, err.Error())
	} else if e, ok := root.object("", &found, headerMembers...); ok {
		if !e.has("nth") && !e.has("times") && !e.has("always") {
			e.members["always"] = node{value: true}
		}
		f := &Fault{count: readCount(e), effect: readEffect(e)}
		if len(found) == 0 {
			f.seen = max(attempt, 1)
			switch f.count.kind {
			case countNth:
				f.hits = min(max(f.seen-f.count.n, 0), 1)
			case countTimes:
				f.hits = f.seen - 1
			}
			if !f.due() {
				return nil, nil
			}
			return f, nil
		}
	}
	return nil, invalid(problems{{FieldName: FaultHeader, Code: partnercentral.ValidationExceptionErrorCodeInvalidValue, Message: strings.Join(found, "; ")}})
}
