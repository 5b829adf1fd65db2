// Command rampart-otlp sends the audit trail to an OpenTelemetry collector. It is
// started by rampart, for sessions with --otlp, and by nobody else.
package main

import (
	"fmt"
	"os"

	"rampart/audit/otlp"
	"rampart/audit/ship"
	"rampart/platform"
)

func main() {
	os.Clearenv() // the library would take addresses and headers from there
	err := platform.HardenProcess()
	if err == nil {
		err = ship.Serve(os.Stdin, os.Stdout, otlp.New)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rampart-otlp: "+err.Error())
		os.Exit(2)
	}
}
