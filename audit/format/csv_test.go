package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rampart/audit"
)

// isFormula says whether a spreadsheet would compute a cell.
func isFormula(cell string) bool {
	cell = strings.TrimLeft(cell, " ")
	r, _ := utf8.DecodeRuneInString(cell)
	return strings.ContainsRune("=+-@＝＋－＠\t\r\n", r) && cell != ""
}

// formulas are cells that want to be more than text.
var formulas = []string{
	"=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "  -x", "＝1", "＠x", `"=1`, `";=1`, `x";=cmd|' /C calc'!A0;"`, `a;=1`, `a; =1`, `a,=1`, `a;"=1`, `';=1`, "a;;=1", "=", "\u200b=1", "\ufeff=1", "a\";\"=1",
}

func TestCSV(t *testing.T) {
	for _, s := range append(formulas, hostile...) {
		r := refused()
		r.Command, r.Message, r.Session, r.Cwd, r.Path = s, s, s, s, s
		r.Effects[1].Program = s
		line := string(CSV(nil, r))
		checkLine(t, line)
		for _, comma := range []rune{',', ';', '\t'} {
			in := csv.NewReader(strings.NewReader(string(CSVHeader()) + line + "\n"))
			in.Comma, in.LazyQuotes = comma, comma != ','
			rows, err := in.ReadAll()
			if err != nil && comma == ',' || len(rows) > 2 {
				t.Errorf("%q: %v, %q", s, err, rows)
				continue
			}
			if comma == ',' && (len(rows) != 2 || len(rows[1]) != len(columns) || rows[1][9] != "deny") {
				t.Errorf("%q: %q", s, rows)
			}
			for _, row := range rows {
				for _, cell := range row {
					if isFormula(cell) {
						t.Errorf("%q, parted by %q: the cell %q is a formula", s, comma, cell)
					}
				}
			}
		}
		// Split as a program that ignores quotes would.
		for _, cell := range strings.Split(line, ";") {
			if isFormula(strings.Trim(cell, `"' `)) && !strings.HasPrefix(strings.TrimLeft(cell, ` "`), "'") {
				t.Errorf("%q: %q", s, cell)
			}
		}
	}
}

// TestCSVOracle has another program's reader say what the cells are.
func TestCSVOracle(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	in := CSVHeader()
	all := append(formulas, hostile...)
	for _, s := range all {
		r := refused()
		r.Command = s
		in = append(CSV(in, r), '\n')
	}
	cmd := exec.Command(python, "-c", "import csv,json,sys\nprint(json.dumps(list(csv.DictReader(sys.stdin, strict=True))))")
	cmd.Stdin = bytes.NewReader(in)
	cmd.Env = []string{"PYTHONIOENCODING=utf-8"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	if err := json.Unmarshal(out, &rows); err != nil || len(rows) != len(all) {
		t.Fatalf("%d rows of %d, %v", len(rows), len(all), err)
	}
	for i, row := range rows {
		cell := strings.ReplaceAll(row["command"], "'", "")
		plain := strings.ReplaceAll(all[i], "'", "")
		printable := utf8.ValidString(plain) && strings.IndexFunc(plain, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
		if len(row) != len(columns) || row["action"] != "deny" || row["hash"] != refused().Hash || printable && cell != plain {
			t.Errorf("%q became %q", all[i], row)
		}
	}
}

func TestCSVBounded(t *testing.T) {
	r := refused()
	r.Command = strings.Repeat("\x1b", 1<<20)
	for range 10_000 {
		r.Effects = append(r.Effects, audit.Effect{Kind: "read", Path: strings.Repeat("=", 1000)})
	}
	if line := CSV(nil, r); len(line) > 3*maxCell {
		t.Errorf("%d bytes", len(line))
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range append(formulas, hostile...) {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		r := refused()
		r.Command, r.Message, r.Rule, r.URL = a, b, b, a
		line := string(CSV(nil, r))
		checkLine(t, line)
		row, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil || len(row) != len(columns) || row[9] != "deny" || row[len(row)-1] != r.Hash {
			t.Fatalf("%v: %q", err, line)
		}
		for _, cell := range row {
			for part := range strings.SplitSeq(cell, ";") {
				if isFormula(strings.TrimLeft(part, `" `)) {
					t.Errorf("%q holds the formula %q", line, part)
				}
			}
		}
	})
}
