package partnercentralriver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/cosell-dev/partnercentral-go"
)

// inputVersion is the version of what the columns kind and input hold. A
// program leaves rows of a newer version to programs that know it.
const inputVersion = 1

// maxEmbedding is how deep an input may be embedded. It ends a search in a
// struct that embeds itself.
const maxEmbedding = 16

// ownInput returns the input of package partnercentral that an input is or
// embeds, nil if there is none. What else a program keeps with it is its own:
// the table has no place for it.
func ownInput(input partnercentral.StartTaskInput) partnercentral.StartTaskInput {
	level := []reflect.Value{reflect.ValueOf(input)}
	for range maxEmbedding {
		// As with methods, what is embedded least deep counts.
		var deeper []reflect.Value
		for _, v := range level {
			for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
				v = v.Elem()
			}
			if v.Kind() != reflect.Struct {
				continue
			}
			if v.CanAddr() && v.Addr().CanInterface() {
				switch in := v.Addr().Interface().(type) {
				case *partnercentral.StartEngagementByAcceptingInvitationTaskInput:
					return in
				case *partnercentral.StartEngagementFromOpportunityTaskInput:
					return in
				case *partnercentral.StartOpportunityFromEngagementTaskInput:
					return in
				case *partnercentral.StartProspectingFromEngagementTaskInput:
					return in
				}
			}
			for i := range v.NumField() {
				if v.Type().Field(i).Anonymous {
					deeper = append(deeper, v.Field(i))
				}
			}
		}
		level = deeper
	}
	return nil
}

// encodeInput returns the input as JSON without its token, which has a column
// of its own.
func encodeInput(input partnercentral.StartTaskInput) (string, error) {
	b, err := json.Marshal(input)
	if err != nil {
		return "", err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return "", err
	}
	delete(members, "ClientToken")
	b, err = json.Marshal(members) // with sorted keys: equal inputs give equal texts
	return string(b), err
}

// decodeInput reverses encodeInput.
func decodeInput(version int, kind, input, token string) (partnercentral.StartTaskInput, error) {
	if version != inputVersion {
		return nil, fmt.Errorf("its input has version %d, and this program knows %d: deploy the program that wrote it", version, inputVersion)
	}
	switch partnercentral.TaskKind(kind) {
	case partnercentral.TaskKindEngagementByAcceptingInvitation:
		in := &partnercentral.StartEngagementByAcceptingInvitationTaskInput{}
		err := decodeStrictly(input, in)
		in.ClientToken = &token
		return in, err
	case partnercentral.TaskKindEngagementFromOpportunity:
		in := &partnercentral.StartEngagementFromOpportunityTaskInput{}
		err := decodeStrictly(input, in)
		in.ClientToken = &token
		return in, err
	case partnercentral.TaskKindOpportunityFromEngagement:
		in := &partnercentral.StartOpportunityFromEngagementTaskInput{}
		err := decodeStrictly(input, in)
		in.ClientToken = &token
		return in, err
	case partnercentral.TaskKindProspectingFromEngagement:
		in := &partnercentral.StartProspectingFromEngagementTaskInput{}
		err := decodeStrictly(input, in)
		in.ClientToken = &token
		return in, err
	}
	return nil, fmt.Errorf("its kind %q is not known to this program: deploy the program that wrote it", kind)
}

// decodeStrictly refuses members that it does not know: without them another
// task would be started than the one that was asked for.
func decodeStrictly(input string, into any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(input)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("its input cannot be decoded: %w", err)
	}
	if d.More() {
		return fmt.Errorf("its input has something after its end")
	}
	return nil
}

// lacks returns the error of a client that cannot start and follow tasks of
// the kind, and nil if it can.
func lacks(client any, kind partnercentral.TaskKind) error {
	var starts, lists bool
	switch kind {
	case partnercentral.TaskKindOpportunityFromEngagement:
		_, starts = client.(partnercentral.StartOpportunityFromEngagementTaskAPIClient)
		_, lists = client.(partnercentral.ListOpportunityFromEngagementTasksAPIClient)
	case partnercentral.TaskKindProspectingFromEngagement:
		_, starts = client.(partnercentral.StartProspectingFromEngagementTaskAPIClient)
		_, lists = client.(partnercentral.ListProspectingFromEngagementTasksAPIClient)
	default:
		return nil // the methods of these are required by RunnerAPIClient
	}
	if !starts || !lists {
		return fmt.Errorf("the client %T lacks Start%sTask or List%sTasks: give New a client that has them, as *partnercentral.Client does", client, kind, kind)
	}
	return nil
}
