// Package qr reads QR codes that were printed on a terminal, as a camera would.
package qr

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// colors are what a terminal does not print.
var colors = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// Read returns what the code says that is drawn in text, light on dark, by half
// blocks. What else is in the text is left out. It skips the test if there is no
// zbarimg, the program of others that reads it.
func Read(t testing.TB, text string) string {
	t.Helper()
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("zbarimg is not installed: nothing else here reads a QR code")
	}
	path := filepath.Join(t.TempDir(), "qr.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, photograph(text)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--raw", "-q", path).Output()
	if err != nil {
		t.Errorf("no code can be read (%v) in\n%s", err, text)
	}
	return strings.TrimSpace(string(out))
}

// photograph is the screen around the code, with some of what is about it.
func photograph(text string) image.Image {
	const module, margin = 8, 4
	var rows [][]rune
	width := 0
	for row := range strings.Lines(colors.ReplaceAllString(text, "")) {
		row = strings.TrimRight(row, "\r\n")
		if row != "" && strings.Trim(row, "█▀▄ ") == "" {
			rows = append(rows, []rune(row))
			width = max(width, len(rows[len(rows)-1]))
		}
	}
	img := image.NewGray(image.Rect(0, 0, (width+2*margin)*module, (2*len(rows)+2*margin)*module))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	paint := func(x, y int) {
		for i := range module * module {
			img.SetGray((x+margin)*module+i%module, (y+margin)*module+i/module, color.Gray{})
		}
	}
	for y, row := range rows {
		for x, r := range row {
			if r == ' ' || r == '▄' {
				paint(x, 2*y)
			}
			if r == ' ' || r == '▀' {
				paint(x, 2*y+1)
			}
		}
	}
	return img
}
