package shellparse

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
)

// foldJQ computes a jq filter that only picks: .a.b[0], .[], a string, $name,
// through @base64d and the like.
func (a *analyzer) foldJQ(c *call) (str, bool) {
	raw, null := false, c.on("null")
	filter, vars := "", map[string]any{}
	var files []str
	argv := c.cmd.argv[1:]
	var src *source
	for i := 0; i < len(argv); i++ {
		p := argv[i].prefix()
		if !argv[i].known() {
			return str{}, false
		}
		src = join(src, argv[i].src)
		switch {
		case (p == "--arg" || p == "--argjson") && i+2 < len(argv):
			var v any = argv[i+2].t
			if p == "--argjson" && json.Unmarshal([]byte(argv[i+2].t), &v) != nil || !argv[i+2].known() {
				return str{}, false
			}
			vars[argv[i+1].t], src = v, join(src, argv[i+2].src)
			i += 2
		case p == "--raw-output":
			raw = true
		case p == "--null-input":
			null = true
		case len(p) > 1 && p[0] == '-' && p[1] != '-':
			raw, null = raw || strings.ContainsAny(p, "rj"), null || strings.Contains(p, "n")
			if strings.Trim(p[1:], "rjncaMSe") != "" {
				return str{}, false
			}
		case strings.HasPrefix(p, "-"):
			return str{}, false
		case filter == "":
			filter = p
		default:
			files = append(files, argv[i].str)
		}
	}
	in := *c.cmd.io.in
	if len(files) == 1 {
		in = a.contentOf(c.cmd.st, files[0])
	} else if len(files) > 1 {
		return str{}, false
	}
	values := []any{nil}
	if !null {
		if !in.known() || len(in.t) > 1<<16 || !a.tick(1+len(in.t)/16) {
			return str{}, false
		}
		src = join(src, in.src)
		values = values[:0]
		for d := json.NewDecoder(strings.NewReader(in.t)); ; {
			var v any
			if d.Decode(&v) != nil {
				break
			}
			values = append(values, v)
		}
	}
	for stage := range strings.SplitSeq(filter, "|") {
		var next []any
		for _, v := range values {
			out, ok := jqStage(strings.TrimSpace(stage), v, vars)
			if !ok || !a.tick(len(out)) {
				return str{}, false
			}
			next = append(next, out...)
		}
		values = next
	}
	var b strings.Builder
	for _, v := range values {
		if s, ok := v.(string); ok && raw {
			b.WriteString(s + "\n")
			continue
		}
		t, err := json.Marshal(v)
		if err != nil {
			return str{}, false
		}
		b.Write(append(t, '\n'))
	}
	if strings.Contains(filter, "@base64d") {
		src = join(src, &source{from: Decoded})
	}
	return bounded(str{t: b.String(), src: src}), true
}

// jqStage is what one stage of a pipeline makes of a value.
func jqStage(f string, v any, vars map[string]any) ([]any, bool) {
	switch {
	case f == "@base64d":
		s, ok := v.(string)
		b, err := base64.StdEncoding.DecodeString(s)
		return []any{string(b)}, ok && err == nil
	case f == "@text" || f == "tostring":
		_, ok := v.(string)
		return []any{v}, ok
	case strings.HasPrefix(f, `"`):
		var s string
		err := json.Unmarshal([]byte(f), &s)
		return []any{s}, err == nil
	case strings.HasPrefix(f, "$"):
		x, ok := vars[f[1:]]
		return []any{x}, ok
	case !strings.HasPrefix(f, "."):
		return nil, false
	}
	values := []any{v}
	for f = f[1:]; f != ""; {
		var key any
		switch {
		case f[0] == '.':
			f = f[1:]
			continue
		case f[0] == '?':
			f = f[1:]
			continue
		case f[0] == '[' || f[0] == '"':
			inner, rest := "", ""
			if f[0] == '[' {
				end := strings.IndexByte(f, ']')
				if end < 0 {
					return nil, false
				}
				inner, rest = f[1:end], f[end+1:]
			} else {
				end := strings.IndexByte(f[1:], '"')
				if end < 0 {
					return nil, false
				}
				inner, rest = f[:end+2], f[end+2:]
			}
			f = rest
			if n, err := strconv.Atoi(inner); err == nil {
				key = n
			} else if s, err := strconv.Unquote(inner); err == nil {
				key = s
			} else if inner != "" {
				return nil, false
			}
		default:
			n := 0
			for n < len(f) && isIdent(f[n]) {
				n++
			}
			if n == 0 {
				return nil, false
			}
			key, f = f[:n], f[n:]
		}
		var next []any
		for _, x := range values {
			next = append(next, jqIndex(x, key)...)
		}
		values = next
	}
	return values, true
}

func jqIndex(v, key any) []any {
	switch x := v.(type) {
	case map[string]any:
		switch k := key.(type) {
		case string:
			return []any{x[k]}
		case nil:
			var out []any
			for _, e := range x {
				out = append(out, e)
			}
			return out
		}
	case []any:
		switch k := key.(type) {
		case int:
			if k < 0 {
				k += len(x)
			}
			if k >= 0 && k < len(x) {
				return []any{x[k]}
			}
		case nil:
			return x
		}
	}
	return []any{nil}
}
