package ship

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Plan names all destinations of a session, as their owner does.
type Plan struct {
	Syslog    []string // addresses; see NewSyslog
	CEF       bool     // over syslog, in place of JSON
	JSONFiles []string
	CEFFiles  []string
	OTLP      []string // addresses of collectors
	Headers   string   // file of headers for them
	CA        string   // file of authorities
	Version   string   // of this program

	OTLPProgram string // name of the program that sends to collectors
}

// drainWithin is how long another program may take at the end.
const drainWithin = 2500 * time.Millisecond

// Targets returns the destinations, or what is wrong about one of them.
func Targets(p Plan) ([]Target, error) {
	if p.CEF && len(p.Syslog) == 0 {
		return nil, errors.New("--cef says in which form records go to --syslog SERVER; to a file they go with --cef-file FILE")
	}
	if p.Headers != "" && len(p.OTLP) == 0 {
		return nil, errors.New("--otlp-headers is for --otlp URL")
	}
	var out []Target
	names := map[string]bool{}
	add := func(name string, t Target) error {
		if names[name] {
			return fmt.Errorf("%s is there twice", name)
		}
		names[name] = true
		out = append(out, t)
		return nil
	}
	cef := CEF(p.Version)
	overSyslog := JSON
	if p.CEF {
		overSyslog = cef
	}
	for _, address := range p.Syslog {
		d, err := NewSyslog(address, p.CA, overSyslog)
		if err == nil {
			err = add(d.Name, d)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, f := range []struct {
		paths  []string
		format Format
	}{{p.JSONFiles, JSON}, {p.CEFFiles, cef}} {
		for _, path := range f.paths {
			d, err := NewFile(path, f.format)
			if err == nil {
				err = add(filepath.Clean(path), d)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for _, address := range p.OTLP {
		proc, err := p.collector(address)
		if err == nil {
			err = add(proc.Name, proc)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *Plan) collector(address string) (Process, error) {
	u, err := ParseEndpoint(address)
	if err != nil {
		return Process{}, err
	}
	headers, err := readHeaders(p.Headers)
	if err != nil {
		return Process{}, err
	}
	if len(headers) > 0 && u.Scheme == "http" && !loopback(u.Hostname()) {
		return Process{}, fmt.Errorf("%s is not encrypted, and the headers in %s are secrets: use https", u, p.Headers)
	}
	program, err := ProgramBeside(p.OTLPProgram)
	if err != nil {
		return Process{}, err
	}
	ca := p.CA
	if ca != "" {
		if ca, err = filepath.Abs(ca); err != nil {
			return Process{}, err
		}
	}
	job := Job{Version: p.Version, Endpoint: u.String(), CA: ca, Headers: headers, Within: drainWithin}
	return Process{Path: program, Name: EndpointName(u), Job: job}, nil
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// readHeaders reads a file of NAME: VALUE lines.
func readHeaders(name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("can't read the headers: %w", err)
	}
	defer f.Close()
	headers := map[string]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || headerWord(key, 100) != key || key == "" {
			return nil, fmt.Errorf("%s:%d: a header is NAME: VALUE", name, n)
		}
		headers[key] = strings.TrimSpace(value)
	}
	return headers, lines.Err()
}
