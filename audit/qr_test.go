package audit

import (
	"crypto/ed25519"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What is shown is photographed, and read by another program.
func TestKeyQR(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	shown, err := KeyQR(key, false)
	if err != nil {
		t.Fatal(err)
	}
	if colored, err := KeyQR(key, true); err != nil || strings.Count(colored, "\x1b[0m") != strings.Count(shown, "\n") {
		t.Errorf("%v\n%s", err, colored)
	}
	rows := strings.Split(strings.TrimSuffix(shown, "\n"), "\n")
	const module = 8
	img := image.NewGray(image.Rect(0, 0, (len([]rune(rows[0]))+8)*module, (2*len(rows)+8)*module))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	paint := func(x, y int) {
		for i := range module * module {
			img.SetGray((x+4)*module+i%module, (y+4)*module+i/module, color.Gray{})
		}
	}
	for y, row := range rows {
		for x, r := range []rune(row) {
			if r == ' ' || r == '▄' {
				paint(x, 2*y)
			}
			if r == ' ' || r == '▀' {
				paint(x, 2*y+1)
			}
		}
	}
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("zbarimg is not installed: nothing else here reads a QR code")
	}
	path := filepath.Join(t.TempDir(), "qr.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	f.Close()
	out, err := exec.Command("zbarimg", "--raw", "-q", path).Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != fmt.Sprintf("%X", []byte(key)) {
		t.Errorf("%v: %s\n%s", err, got, shown)
	}
	if back, err := ParseKey(strings.TrimSpace(string(out))); err != nil || !back.Equal(key) {
		t.Errorf("%x, %v", back, err)
	}
}
