package format

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"rampart/audit"
)

// forms are the forms of an export; head is what comes before all records.
var forms = []struct {
	name   string
	head   func() []byte
	append func(b []byte, m audit.Match, o Origin) []byte
}{
	{"jsonl", nil, func(b []byte, m audit.Match, _ Origin) []byte { return append(b, m.JSON()...) }},
	{"csv", CSVHeader, func(b []byte, m audit.Match, _ Origin) []byte { return CSV(b, m.Record) }},
	{"cef", nil, func(b []byte, m audit.Match, o Origin) []byte { return CEF(b, m.Record, o) }},
	{"ocsf", nil, func(b []byte, m audit.Match, o Origin) []byte { return OCSF(b, m.Record, o) }},
}

// Names are the names of the forms.
func Names() (names []string) {
	for _, f := range forms {
		names = append(names, f.name)
	}
	return names
}

// Export writes the records of the trail in dir that fit, one line each.
func Export(ctx context.Context, w io.Writer, dir string, filter audit.Filter, name string, o Origin) (audit.Searched, error) {
	for _, f := range forms {
		if f.name != name {
			continue
		}
		out := bufio.NewWriterSize(w, 64<<10)
		if f.head != nil {
			out.Write(f.head())
		}
		var b []byte
		s, err := audit.Search(ctx, dir, filter, func(m audit.Match) error {
			b = append(f.append(b[:0], m, o), '\n')
			_, err := out.Write(b)
			return err
		})
		if flushErr := out.Flush(); err == nil {
			err = flushErr
		}
		return s, err
	}
	return audit.Searched{}, fmt.Errorf("%q is no form of an export: take one of %s", name, strings.Join(Names(), ", "))
}
