module github.com/cosell-dev/partnercentral-go/examples

go 1.25

require github.com/cosell-dev/partnercentral-go v0.0.0

replace github.com/cosell-dev/partnercentral-go => ../
