package partnercentralevents

import (
	"encoding/json"

	"github.com/cosell-dev/partnercentral-go"
)

// Pattern returns the pattern of an EventBridge rule, as JSON, that matches the
// given detail-types in both catalogs, or every event of the service if none is
// given. For one catalog, delete the other from the list at detail.catalog. The
// rule must be on the default bus in us-east-1, where the service sends its
// events.
func Pattern(detailTypes ...DetailType) string {
	type catalogs struct {
		Catalog []string `json:"catalog"`
	}
	// Values that are all strings cannot fail to marshal.
	pattern, _ := json.Marshal(struct {
		Source     []string     `json:"source"`
		DetailType []DetailType `json:"detail-type,omitempty"`
		Detail     catalogs     `json:"detail"`
	}{
		Source:     []string{Source},
		DetailType: detailTypes,
		Detail:     catalogs{[]string{partnercentral.CatalogAWS, partnercentral.CatalogSandbox}},
	})
	return string(pattern)
}
