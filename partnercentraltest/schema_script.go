package partnercentraltest

import (
	_ "embed"
	"slices"
)

//go:embed script.schema.json
var scriptSchema []byte

// ScriptSchema returns the form of scripts in JSON, as a JSON Schema (2020-12).
// The bytes are the caller's.
func ScriptSchema() []byte { return slices.Clone(scriptSchema) }
