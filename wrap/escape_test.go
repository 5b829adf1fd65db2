package wrap

import (
	"strings"
	"testing"
)

func TestEscapeFilter(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"text", "yes\r", "yes\r"},
		{"cursor key", "\x1b[Ay", "\x00y"},
		{"cursor key in application mode", "\x1bOAy", "\x00y"},
		{"cursor position report", "\x1b[12;40Ry", "\x00y"},
		{"device attributes", "\x1b[?62;22cy", "\x00y"},
		{"title report", "\x1b]lyes\r\x1b\\n", "\x00n"},
		{"colour report ended by BEL", "\x1b]11;rgb:yes\r\x07n", "\x00n"},
		{"DCS reply", "\x1bP1$ryes\r\x1b\\n", "\x00n"},
		{"escape inside a string does not end it", "\x1b]0;a\x1bb yes\r\x07n", "\x00n"},
		{"alt key", "\x1bxy", "\x00y"},
		{"interrupt ends an open string", "\x1b]0;abc\x03", "\x00\x03"},
		{"NUL is no mark of ours", "y\x00es", "yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f escapeFilter
			if got := string(f.plain([]byte(tt.in))); got != tt.want {
				t.Errorf("in one piece: got %q, want %q", got, tt.want)
			}
			var g escapeFilter
			var pieces strings.Builder
			for i := range len(tt.in) {
				pieces.Write(g.plain([]byte(tt.in[i : i+1])))
			}
			if got := pieces.String(); got != tt.want {
				t.Errorf("byte by byte: got %q, want %q", got, tt.want)
			}
		})
	}
}
