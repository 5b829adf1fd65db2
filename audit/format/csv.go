package format

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rampart/audit"
)

// columns are those of the CSV form, in their order.
var columns = []struct {
	name string
	of   func(*audit.Record) string
}{
	{"seq", func(r *audit.Record) string { return strconv.FormatUint(r.Seq, 10) }},
	{"time", func(r *audit.Record) string { return r.Time.UTC().Format(time.RFC3339Nano) }},
	{"event", func(r *audit.Record) string { return r.Event }},
	{"session", func(r *audit.Record) string { return r.Session }},
	{"agent", func(r *audit.Record) string { return r.Agent }},
	{"layer", func(r *audit.Record) string { return r.Layer }},
	{"pid", func(r *audit.Record) string { return number(r.PID) }},
	{"uid", func(r *audit.Record) string {
		if r.PID == 0 {
			return ""
		}
		return strconv.Itoa(r.UID)
	}},
	{"tool", func(r *audit.Record) string { return r.Tool }},
	{"action", func(r *audit.Record) string { return r.Action }},
	{"outcome", func(r *audit.Record) string { return r.Outcome }},
	{"mode", func(r *audit.Record) string { return r.Mode }},
	{"policy", func(r *audit.Record) string { return r.Policy }},
	{"rule", func(r *audit.Record) string { return r.Rule }},
	{"message", func(r *audit.Record) string { return r.Message }},
	{"refusal", func(r *audit.Record) string { return r.Refusal }},
	{"program", (*audit.Record).Program},
	{"command", (*audit.Record).CommandLine},
	{"path", func(r *audit.Record) string { return r.Path }},
	{"url", func(r *audit.Record) string { return r.URL }},
	{"cwd", func(r *audit.Record) string { return r.Cwd }},
	{"effects", effects},
	{"remarks", remarks},
	{"microseconds", func(r *audit.Record) string { return number(int(r.Duration.Microseconds())) }},
	{"hash", func(r *audit.Record) string { return r.Hash }},
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// effects are what a command touches, in words: read /a; fetch example.com.
func effects(r *audit.Record) string {
	var b strings.Builder
	for i := range r.Effects {
		f := &r.Effects[i]
		what := ""
		for _, s := range []string{f.Path, f.URL, f.Host, f.Program, f.Name} {
			if what = s; s != "" {
				break
			}
		}
		if f.From != "" || f.To != "" {
			what = f.From + " to " + f.To
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.Kind + " " + what)
		if b.Len() > maxCell {
			break
		}
	}
	return b.String()
}

// maxCell is the longest cell, in characters; spreadsheets take no more than 32,767.
const maxCell = 32_000

// CSVHeader is the first line of a CSV file, with its line feed.
func CSVHeader() []byte {
	var b []byte
	for i, c := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, c.name...)
	}
	return append(b, '\n')
}

// CSV appends a record as one line of comma-separated values, all in quotes,
// without a line feed. No cell begins as a formula would.
func CSV(b []byte, r *audit.Record) []byte {
	for i, c := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, c.of(r))
	}
	return b
}

// appendCell appends a cell. A spreadsheet takes what begins with one of = + - @
// for a formula, so that an apostrophe is put before it; also behind a
// semicolon, which parts cells where the comma is part of numbers.
func appendCell(b []byte, s string) []byte {
	b = append(b, '"')
	start, n := true, 0
	runes(s, func(r rune, spelled string) bool {
		if n += max(len(spelled), 1); n > maxCell {
			b = append(b, "…"...)
			return false
		}
		if start && spelled == "" && strings.ContainsRune("=+-@＝＋－＠", r) {
			b = append(b, '\'')
		}
		switch {
		case spelled != "":
			b = append(b, spelled...)
		case r == '"':
			b = append(b, '"', '"')
		default:
			b = utf8.AppendRune(b, r)
		}
		start = r == ';' || start && (r == ' ' || r == '"' || r == '\'')
		return true
	})
	return append(b, '"')
}
