package partnercentral

// goModuleVersion is the version of this module, as the user agent has it.
const goModuleVersion = "0.1.0"
