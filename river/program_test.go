package partnercentralriver_test

// runProgram is the main function of a process that a test starts.
func runProgram(string) int { return 1 }
