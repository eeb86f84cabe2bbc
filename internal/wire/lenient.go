package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	smithytime "github.com/aws/smithy-go/time"
)

// unneeded are members of an answer that say more of a task, and neither which
// it is nor whether it has ended.
var unneeded = [...]string{"Message", "ReasonCode", "ResourceSnapshotJobId", "StartTime"}

// decodeLenient reads a valid JSON value member by member, for an answer that
// encoding/json refuses as a whole: one member of an unexpected type must not
// lose the task that was started, nor the tasks beside it on a page. Times are
// read as smithy-go reads them, so one without a zone is in UTC. What cannot be
// read is left out of the elements of a list and, of the answer itself, where it
// is unneeded; otherwise it is an error.
func decodeLenient(raw json.RawMessage, v reflect.Value, inList bool) error {
	if string(raw) == "null" {
		return nil
	}
	switch {
	case v.Kind() == reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		if err := decodeLenient(raw, target.Elem(), inList); err != nil {
			return err
		}
		v.Set(target)
		return nil
	case v.Type() == reflect.TypeFor[time.Time]():
		return decodeTime(raw, v)
	case v.Kind() == reflect.Struct:
		return decodeObject(raw, v, inList)
	case v.Kind() == reflect.Slice:
		return decodeList(raw, v)
	}
	return json.Unmarshal(raw, v.Addr().Interface())
}

func decodeTime(raw json.RawMessage, v reflect.Value) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	at, err := smithytime.ParseDateTime(text)
	if err != nil {
		return err
	}
	v.Set(reflect.ValueOf(at))
	return nil
}

func decodeObject(raw json.RawMessage, v reflect.Value, inList bool) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		member, ok := memberOf(members, f.Name)
		if !ok {
			continue
		}
		if err := decodeLenient(member, v.Field(i), inList); err != nil {
			if !inList && !slices.Contains(unneeded[:], f.Name) {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			v.Field(i).SetZero()
		}
	}
	return nil
}

// decodeList reads what can be read of the elements. One that is no object at
// all says nothing of any task and is left out.
func decodeList(raw json.RawMessage, v reflect.Value) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return err
	}
	list := reflect.MakeSlice(v.Type(), 0, len(elements))
	for _, element := range elements {
		target := reflect.New(v.Type().Elem()).Elem()
		if decodeLenient(element, target, true) == nil {
			list = reflect.Append(list, target)
		}
	}
	v.Set(list)
	return nil
}

// memberOf finds a member as encoding/json does: by its name, else without case.
func memberOf(members map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	if member, ok := members[name]; ok {
		return member, true
	}
	for key, member := range members {
		if strings.EqualFold(key, name) {
			return member, true
		}
	}
	return nil, false
}
