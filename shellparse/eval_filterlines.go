package shellparse

import (
	"cmp"
	"slices"
	"strings"
)

func lines(in string) []string {
	if in == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(in, "\n"), "\n")
}

func unlines(ls []string) string {
	if len(ls) == 0 {
		return ""
	}
	return strings.Join(ls, "\n") + "\n"
}

func foldRev(c *call, in string) (string, bool) {
	ls := strings.Split(in, "\n")
	for i, l := range ls {
		r := []rune(l)
		slices.Reverse(r)
		ls[i] = string(r)
	}
	return strings.Join(ls, "\n"), true
}

func foldTac(c *call, in string) (string, bool) {
	ls := lines(in)
	if in != "" && !strings.HasSuffix(in, "\n") {
		return "", false // where the last line goes without its end
	}
	slices.Reverse(ls)
	return unlines(ls), true
}

func foldSort(c *call, in string) (string, bool) {
	if flagged(c, "hVMgRkt") || len(c.all("_")) > 0 {
		return "", false
	}
	ls := lines(in)
	slices.Sort(ls)
	if flagged(c, "n") {
		for _, l := range ls {
			if _, ok := parseInt(l); !ok {
				return "", false
			}
		}
		slices.SortFunc(ls, func(x, y string) int {
			m, _ := parseInt(x)
			n, _ := parseInt(y)
			return cmp.Compare(m, n)
		})
	}
	if flagged(c, "r") {
		slices.Reverse(ls)
	}
	if flagged(c, "u") {
		ls = slices.Compact(ls)
	}
	return unlines(ls), true
}

func foldTr(c *call, in string) (string, bool) {
	operand := false
	for _, f := range c.cmd.argv[1:] {
		option := len(f.t) > 1 && f.t[0] == '-' && f.t != "--"
		if option && (operand || strings.Trim(f.t[1:], "cCdst") != "" && !strings.HasPrefix(f.t, "--")) {
			return "", false // an option that is wrong, or behind an operand: they differ in what they make of it
		}
		operand = operand || !option
	}
	ops := operandTexts(c)
	del := c.on("delete")
	if c.on("squeeze") && len(ops) != 1 || len(ops) == 0 {
		return "", false
	}
	from, ok := trSet(ops[0])
	if !ok {
		return "", false
	}
	if c.on("complement") {
		var rest []byte
		for ch := 1; ch < 256; ch++ {
			if strings.IndexByte(from, byte(ch)) < 0 {
				rest = append(rest, byte(ch))
			}
		}
		from = string(rest)
	}
	if del {
		out := make([]byte, 0, len(in))
		for i := 0; i < len(in); i++ {
			if strings.IndexByte(from, in[i]) < 0 {
				out = append(out, in[i])
			}
		}
		return string(out), true
	}
	if c.on("squeeze") {
		var b strings.Builder
		for i := 0; i < len(in); i++ {
			if i > 0 && in[i] == in[i-1] && strings.IndexByte(from, in[i]) >= 0 {
				continue
			}
			b.WriteByte(in[i])
		}
		return b.String(), true
	}
	if len(ops) < 2 {
		return "", false
	}
	to, ok := trSet(ops[1])
	if !ok || to == "" {
		return "", false
	}
	out := []byte(in)
	for i, ch := range out {
		if k := strings.LastIndexByte(from, ch); k >= 0 {
			out[i] = to[min(k, len(to)-1)]
		}
	}
	return string(out), true
}

// trSet expands the ranges, classes and escapes of a set.
func trSet(s string) (string, bool) {
	s = printfEscapes(s)
	var b []byte
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], "[:") {
			end := strings.Index(s[i:], ":]")
			if end < 0 {
				return "", false
			}
			for ch := 1; ch < 256; ch++ {
				if inClass(s[i+2:i+end], byte(ch)) {
					b = append(b, byte(ch))
				}
			}
			i += end + 1
			continue
		}
		if i+2 < len(s) && s[i+1] == '-' {
			for ch := int(s[i]); ch <= int(s[i+2]); ch++ {
				b = append(b, byte(ch))
			}
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b), true
}

func foldCut(c *call, in string) (string, bool) {
	delim := "\t"
	if d, ok := optionText(c, "-d", "--delimiter"); ok && d != "" {
		delim = d[:1]
	}
	const longest = 256 // each part is held against each range
	fields, byField := optionText(c, "-f", "--fields")
	chars, byChar := optionText(c, "-c", "-b", "--characters", "--bytes")
	ls := lines(in)
	if len(fields)+len(chars) > longest {
		return "", false
	}
	glue := delim
	if d, ok := optionText(c, "--output-delimiter"); ok {
		glue = d
	}
	not := false
	for _, f := range c.cmd.argv[1:] {
		not = not || f.t == "--complement"
	}
	for i, l := range ls {
		switch {
		case byField:
			if !strings.Contains(l, delim) {
				continue
			}
			parts := strings.Split(l, delim)
			ls[i] = strings.Join(pick(parts, fields, not), glue)
		case byChar:
			ls[i] = strings.Join(pick(strings.Split(l, ""), chars, not), "")
		default:
			return "", false
		}
	}
	return unlines(ls), true
}

// pick takes the parts that a list such as 1,3-5 names.
func pick(parts []string, list string, not bool) []string {
	var out []string
	for i, p := range parts {
		hit := false
		for r := range strings.SplitSeq(list, ",") {
			lo, hi, isRange := strings.Cut(r, "-")
			from, okFrom := parseInt(lo)
			to, okTo := parseInt(hi)
			if !isRange {
				to, okTo = from, okFrom
			}
			n := int64(i + 1)
			if (!okFrom || n >= from) && (!okTo || n <= to) {
				hit = true
				break
			}
		}
		if hit != not {
			out = append(out, p)
		}
	}
	return out
}

func foldHead(c *call, in string) (string, bool) {
	if s, ok := optionText(c, "-c", "--bytes"); ok {
		n, good := parseInt(s)
		if !good || n < 0 {
			return "", false
		}
		return in[:min(int(n), len(in))], true
	}
	n := int64(10)
	if s, ok := optionText(c, "-n", "--lines"); ok {
		var good bool
		if n, good = parseInt(s); !good {
			return "", false
		}
		if strings.HasPrefix(s, "-") {
			n = max(0, int64(len(lines(in)))+n)
		}
	} else if len(c.cmd.argv) > 1 {
		var good bool
		if n, good = parseInt(strings.TrimPrefix(c.cmd.argv[1].t, "-")); !good {
			n = 10
		}
	}
	ls := lines(in)
	if int(n) >= len(ls) {
		return in, true // without a newline at its end, if it has none
	}
	return unlines(ls[:n]), true
}

func foldTail(c *call, in string) (string, bool) {
	s, byLine := optionText(c, "-n", "--lines")
	b, byByte := optionText(c, "-c", "--bytes")
	if byByte {
		n, ok := parseInt(strings.TrimPrefix(b, "+"))
		if !ok || n < 0 {
			return "", false
		}
		if strings.HasPrefix(b, "+") {
			return in[min(max(0, int(n)-1), len(in)):], true
		}
		return in[max(0, len(in)-int(n)):], true
	}
	n := int64(10)
	if byLine {
		var ok bool
		if n, ok = parseInt(strings.TrimPrefix(s, "+")); !ok || n < 0 {
			return "", false
		}
	}
	ls := lines(in)
	from := max(0, len(ls)-int(n))
	if strings.HasPrefix(s, "+") {
		from = min(max(0, int(n)-1), len(ls))
	}
	out := unlines(ls[from:])
	if out != "" && !strings.HasSuffix(in, "\n") {
		out = strings.TrimSuffix(out, "\n")
	}
	return out, true
}
