package main

import (
	"github.com/spf13/pflag"

	"rampart/audit"
	"rampart/audit/ship"
)

// otlpProgram is the program that speaks to OpenTelemetry collectors. It lies
// beside this one.
const otlpProgram = "rampart-otlp"

// exportFlags say where copies of the records go.
type exportFlags struct {
	syslog    []string
	cef       bool
	jsonFiles []string
	cefFiles  []string
	otlp      []string
	headers   string
	ca        string
	backlog   string
}

func (f *exportFlags) register(fl *pflag.FlagSet) {
	fl.StringArrayVar(&f.syslog, "syslog", nil, "send the records to a syslog `server`: HOST:PORT or udp://, tcp://, tls://HOST:PORT; may be given again")
	fl.BoolVar(&f.cef, "cef", false, "with --syslog: as CEF instead of JSON")
	fl.StringArrayVar(&f.jsonFiles, "json-file", nil, "append the records to a `file`, one JSON object a line")
	fl.StringArrayVar(&f.cefFiles, "cef-file", nil, "append the records to a `file`, one line of CEF each")
	fl.StringArrayVar(&f.otlp, "otlp", nil, "send the records to an OpenTelemetry collector, over HTTP: `URL`")
	fl.StringVar(&f.headers, "otlp-headers", "", "`file` of headers for --otlp, one NAME: VALUE a line (a token)")
	fl.StringVar(&f.ca, "export-ca", "", "`file` of the authorities to trust for tls:// and https:// (default the system's)")
	fl.StringVar(&f.backlog, "export-backlog", "1G", "`size` of the records that may wait for a destination; older ones are not sent then")
}

// targets makes the destinations.
func (f *exportFlags) targets() ([]ship.Target, error) {
	return ship.Targets(ship.Plan{
		Syslog: f.syslog, CEF: f.cef, JSONFiles: f.jsonFiles, CEFFiles: f.cefFiles,
		OTLP: f.otlp, Headers: f.headers, CA: f.ca, Version: versionOrRevision(), OTLPProgram: otlpProgram,
	})
}

func (f *exportFlags) limit() (int64, error) { return audit.ParseSize(f.backlog) }

// files are those that only people change.
func (f *exportFlags) files() []string {
	files := append(append([]string{}, f.jsonFiles...), f.cefFiles...)
	return append(files, f.headers, f.ca)
}

// secrets are those that are not to be read.
func (f *exportFlags) secrets() []string { return []string{f.headers} }
