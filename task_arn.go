package partnercentral

import (
	"fmt"
	"strings"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// ParseTaskARN returns the task that an ARN of the service names, for example one
// that a person has pasted:
//
//	arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/task-…
//
// It sets Kind, Catalog, ID and ARN. Blanks around the ARN are ignored.
//
// The error is a [smithy.InvalidParamsError] that says what is wrong: the ARN is
// one of another service or of another resource, or it is broken.
func ParseTaskARN(arn string) (Task, error) {
	arn = strings.TrimSpace(arn)
	p := validate.Of("ParseTaskARN")
	refuse := func(problem string) (Task, error) {
		p.Wrong("arn", problem)
		return Task{}, p.Err()
	}
	// arn:partition:service:region:account:resource
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return refuse("is no ARN: one begins with arn:aws:partnercentral: and ends with the id of a task")
	}
	if service := parts[2]; service != "partnercentral" && service != "partnercentral-selling" {
		return refuse("is an ARN of another service than partnercentral")
	}
	resource := strings.Split(parts[5], "/")
	if len(resource) != 4 || resource[0] != "catalog" {
		return refuse("is an ARN of something other than a task: that of a task ends with catalog/CATALOG/KIND-task/ID")
	}
	for _, f := range taskFamilies {
		if f.inARN != resource[2] {
			continue
		}
		t := Task{Kind: f.kind, Catalog: resource[1], ID: resource[3], ARN: arn}
		switch id := t.ID; {
		case miscataloged(t.Catalog) != "":
			return refuse("has a catalog that " + miscataloged(t.Catalog))
		case mispaired(&t) != "":
			return refuse("has an id of another kind of task: " + mispaired(&t))
		case !validate.IsClassicTaskID(id) && !validate.IsProspectingTaskID(id):
			return refuse("ends with no id of a task, which is task- and 13 of 0-9 and a-z, or 14 for prospecting: is it whole?")
		}
		return t, nil
	}
	return refuse("is an ARN of another resource than the tasks that this package knows")
}

// namedByARN returns the catalog and the kind that the ARN of a task names, as
// far as they are known: what is not understood is no contradiction.
func namedByARN(arn string) (catalog string, kind TaskKind) {
	path := strings.TrimSuffix(arn[:len(arn)-len(lastPart(arn))], "/")
	for _, f := range taskFamilies {
		if lastPart(path) == f.inARN {
			kind = f.kind
		}
	}
	return catalogOf(arn), kind
}

// lastPart returns what follows the last slash: the id in an ARN, since the
// service uses both forms in one member, and an id as it is.
func lastPart(arnOrID string) string {
	return arnOrID[strings.LastIndexByte(arnOrID, '/')+1:]
}

// catalogOf returns the catalog that a task's ARN names, or "".
func catalogOf(arn string) string {
	_, rest, ok := strings.Cut(arn, ":catalog/")
	if !ok {
		return ""
	}
	catalog, _, ok := strings.Cut(rest, "/")
	if !ok {
		return ""
	}
	return catalog
}

// miscataloged returns what is wrong with the name of a catalog, or "".
func miscataloged(name string) string {
	if name == "" {
		return "is empty: the service finds a task in its own catalog only, " + CatalogAWS + " or " + CatalogSandbox
	}
	for _, known := range []string{CatalogAWS, CatalogSandbox} {
		if name != known && strings.EqualFold(name, known) {
			return fmt.Sprintf("is %q: the service knows it as %s", name, known)
		}
	}
	if !validate.IsCatalog(name) {
		return fmt.Sprintf("is %.32q: the name of a catalog is letters only, such as %s or %s", name, CatalogAWS, CatalogSandbox)
	}
	return ""
}
