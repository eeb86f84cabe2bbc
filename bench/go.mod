module github.com/cosell-dev/partnercentral-go/bench

go 1.25

require github.com/cosell-dev/partnercentral-go v0.0.0

replace github.com/cosell-dev/partnercentral-go => ../
