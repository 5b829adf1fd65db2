package audit

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"rampart/test/qr"
)

// What is shown is photographed, and read by another program.
func TestKeyQR(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	shown, err := KeyQR(key, false)
	if err != nil {
		t.Fatal(err)
	}
	colored, err := KeyQR(key, true)
	if err != nil || strings.Count(colored, "\x1b[0m") != strings.Count(shown, "\n") {
		t.Errorf("%v\n%s", err, colored)
	}
	for _, shown := range []string{shown, colored} {
		got := qr.Read(t, shown)
		if got != fmt.Sprintf("%X", []byte(key)) {
			t.Errorf("%s\n%s", got, shown)
		}
		if back, err := ParseKey(got); err != nil || !back.Equal(key) {
			t.Errorf("%x, %v", back, err)
		}
	}
}
