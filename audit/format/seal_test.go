package format

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"rampart/audit"
)

// A log server that was given CEF or OCSF holds seals that verify takes for an
// anchor.
func TestAnchors(t *testing.T) {
	dir := t.TempDir()
	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Append(refused()); err != nil {
		t.Fatal(err)
	}
	if err := l.Seal(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	for name, write := range map[string]func([]byte, *audit.Record, Origin) []byte{"CEF": CEF, "OCSF": OCSF} {
		var copied []byte
		seals := 0
		if _, err := audit.Scan(dir, time.Time{}, func(r *audit.Record) error {
			if r.Event == audit.EventSeal {
				seals++
			}
			copied = append(copied, "<13>1 host rampart - - "...)
			copied = append(write(copied, r, here), '\n')
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		anchor := filepath.Join(t.TempDir(), "anchor")
		if err := os.WriteFile(anchor, copied, 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := audit.VerifyWith(dir, audit.VerifyOptions{Anchor: anchor})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if seals != 2 || report.Anchored != seals || !report.Intact {
			t.Errorf("%s: %d seals, %s", name, seals, report)
		}
	}
}
