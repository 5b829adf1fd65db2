package shellparse

import (
	"regexp"
	"strconv"
	"strings"
)

// Escapes that end the output, stand for a NUL, which is no part of a text, or
// are read in several ways: in the format of printf, and in what echo and %b get.
var (
	oddInFormat = regexp.MustCompile(`\\[c0]`)
	oddInArgs   = regexp.MustCompile(`\\(c|0([^0-7]|$|0))`)
	oddInText   = regexp.MustCompile(`\\(c|[1-7]|0([^0-7]|$|0))`)
)

// format is printf(1) over what is known.
func format(argv []field) str {
	f, args := argv[0].str, argv[1:]
	if !f.known() || len(args) > 1 && anySeveral(args[:len(args)-1]) { // which conversion is whose
		var src *source
		for _, x := range argv {
			src = join(src, x.src)
		}
		return unknown(src.altered())
	}
	var b builder
	b.src = f.src
	if len(args) < 2 {
		f.t = strings.TrimSuffix(f.t, `\0`) // which ends the one item that there is
	}
	odd := oddInFormat.MatchString(f.t)
	for _, x := range args {
		odd = odd || strings.Contains(f.t, "b") && oddInArgs.MatchString(x.t)
		b.src = join(b.src, x.src)
	}
	if odd {
		return unknown(b.src.altered())
	}
	b.src = f.src
	for range 1000 {
		used := formatOnce(&b, f.t, &args)
		if !used || len(args) == 0 || len(b.b) > maxText {
			break
		}
	}
	return b.str()
}

// padded fills a string up to the width of its conversion.
func padded(s str, spec string) str {
	if spec == "" {
		return s
	}
	if !s.known() {
		return unknown(s.src)
	}
	width, _, _ := strings.Cut(strings.TrimLeft(spec, "-+ #0"), ".")
	n, ok := parseInt(width)
	if !ok || n <= int64(len(s.t)) || n > 4096 {
		return s
	}
	fill := strings.Repeat(" ", int(n)-len(s.t))
	if strings.Contains(spec, "-") {
		s.t += fill
	} else {
		s.t = fill + s.t
	}
	return s
}

// formatOnce goes through the format once and reports whether it took an
// argument.
func formatOnce(b *builder, f string, args *[]field) bool {
	used := false
	next := func() str {
		used = true
		if len(*args) == 0 {
			return str{}
		}
		s := (*args)[0].str
		*args = (*args)[1:]
		return s
	}
	for i := 0; i < len(f); i++ {
		if f[i] == '\\' {
			n := 2
			for n < 10 && i+n < len(f) && strings.IndexByte("0123456789abcdefABCDEF", f[i+n]) >= 0 {
				n++
			}
			end := min(len(f), i+n)
			if i+1 < len(f) {
				if n = escapeLength(f[i:]); n > 0 {
					end = min(len(f), i+n)
				}
			}
			b.lit(printfEscapes(f[i:end]))
			i = end - 1
			continue
		}
		if f[i] != '%' {
			b.lit(f[i : i+1])
			continue
		}
		k := i + 1
		for k < len(f) && strings.IndexByte("-+ #0123456789.*'", f[k]) >= 0 {
			k++
		}
		if k == len(f) {
			return used
		}
		spec := f[i+1 : k]
		i = k
		if stars := strings.Count(spec, "*"); stars > 0 { // of which each takes an argument
			for range stars + 1 {
				b.add(unknown(next().src))
			}
			continue
		}
		switch f[k] {
		case '%':
			b.lit("%")
		case 's', 'b', 'q', 'c':
			s := next()
			if f[k] == 'q' && (!s.known() || !plainName(strings.ReplaceAll(s.t, "/", ""))) {
				s = unknown(s.src) // quoted as each of them does it
			}
			if f[k] == 'b' && s.known() {
				s.t = echoEscapes(s.t)
			}
			if f[k] == 'c' && s.known() && len(s.t) > 1 {
				s.t = s.t[:1]
			}
			if _, prec, ok := strings.Cut(spec, "."); ok && s.known() {
				if n, good := parseInt("0" + prec); good && int(n) < len(s.t) && n >= 0 {
					s.t = s.t[:n]
				}
			}
			b.add(padded(s, spec))
		case 'd', 'i', 'u', 'x', 'X', 'o':
			s := next()
			if !s.known() {
				b.add(unknown(s.src))
				break
			}
			n, ok := parseNumber(strings.TrimSpace(s.t))
			if len(s.t) > 1 && (s.t[0] == '\'' || s.t[0] == '"') {
				n, ok = int64(s.t[1]), true
			}
			if s.t == "" {
				ok = true
			}
			if !ok || n < 0 && f[k] != 'd' && f[k] != 'i' || strings.ContainsAny(spec, "+ #.") {
				b.add(unknown(s.src))
				break
			}
			base := map[byte]int{'x': 16, 'X': 16, 'o': 8}[f[k]]
			t := strconv.FormatInt(n, max(base, 2))
			if base == 0 {
				t = strconv.FormatInt(n, 10)
			}
			if f[k] == 'X' {
				t = strings.ToUpper(t)
			}
			if w, good := parseInt(strings.TrimLeft(spec, "-+ #")); good && w < 64 {
				pad := " "
				if strings.HasPrefix(spec, "0") {
					pad = "0"
				}
				for len(t) < int(w) {
					if strings.Contains(spec, "-") {
						t += " "
					} else {
						t = pad + t
					}
				}
			}
			b.lit(t)
		default:
			b.add(unknown(next().src))
		}
	}
	return used
}

// escapeLength is the length of the escape that s starts with.
func escapeLength(s string) int {
	switch s[1] {
	case 'x':
		return 2 + digits(s[2:], 16, 2)
	case 'u':
		return 2 + digits(s[2:], 16, 4)
	case 'U':
		return 2 + digits(s[2:], 16, 8)
	case '0':
		return 1 + digits(s[1:], 8, 4)
	case '1', '2', '3', '4', '5', '6', '7':
		return 1 + digits(s[1:], 8, 3)
	}
	return 2
}

// printfEscapes resolves the escapes of a printf's format.
func printfEscapes(s string) string { return escapesIn(s, true) }

// echoEscapes resolves those of echo -e and %b, which leave a backslash before
// a quote where it is.
func echoEscapes(s string) string { return escapesIn(s, false) }

func escapesIn(s string, quotes bool) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	if i := strings.Index(s, `\c`); i >= 0 && (i == 0 || s[i-1] != '\\') {
		s = s[:i]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			n := min(escapeLength(s[i:]), len(s)-i)
			e := s[i : i+n]
			if e[1] == '0' && len(e) > 2 {
				e = `\` + e[2:]
				if len(e) > 4 {
					e = e[:4]
				}
			}
			if quotes || strings.IndexByte(`"'?`, e[1]) < 0 {
				e = ansiC(e)
			}
			b.WriteString(e)
			i += n - 1
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
