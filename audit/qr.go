package audit

import (
	"crypto/ed25519"
	"fmt"
	"strings"

	"rsc.io/qr"
)

// KeyQR returns a QR code of a public key, to be shown on a terminal and
// photographed: two rows of modules a line. Without colour the light modules
// are the ones that are drawn, as it has to be on a dark background.
func KeyQR(key ed25519.PublicKey, color bool) (string, error) {
	code, err := qr.Encode(fmt.Sprintf("%X", []byte(key)), qr.L) // capitals take less room
	if err != nil {
		return "", err
	}
	const quiet = 2
	halves := [2][2]string{{"█", "▀"}, {"▄", " "}} // by whether the upper and the lower one are dark
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		if color {
			b.WriteString("\x1b[97;40m")
		}
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteString(halves[dark(code, x, y)][dark(code, x, y+1)])
		}
		if color {
			b.WriteString("\x1b[0m")
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func dark(code *qr.Code, x, y int) int {
	if code.Black(x, y) {
		return 1
	}
	return 0
}
