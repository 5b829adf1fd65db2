package audit

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// decoder reads canonical lines, which are nearly all, many times faster than a
// reader of any JSON can. Strings without escapes are parts of one copy of the
// line. What it can't vouch for it leaves to that reader: see [ParseRecord].
type decoder struct {
	s   string
	i   int
	bad bool
}

// maxRecordEffects is more effects than any writer puts into a record.
const maxRecordEffects = maxEffects/128 + 1

// decodeCanonical reads the record in a canonical line into r, whose slices are
// used again. It does not find all that isn't canonical, but it returns false
// whenever another reader of JSON would read something else; r is then spoilt.
func decodeCanonical(line string, r *Record) bool {
	d := decoder{s: line}
	argv, effects := r.Argv, r.Effects
	*r = Record{}
	v := int64(0)
	d.object(recordKeys, func(key string) {
		switch key {
		case "v":
			v = d.number()
		case "seq":
			n := d.number()
			d.bad = d.bad || n < 0
			r.Seq = uint64(n)
		case "time":
			r.Time = d.time()
		case "event":
			r.Event = d.str()
		case "session":
			r.Session = d.str()
		case "agent":
			r.Agent = d.str()
		case "layer":
			r.Layer = d.str()
		case "pid":
			r.PID = int(d.number())
		case "uid":
			r.UID = int(d.number())
		case "cwd":
			r.Cwd = d.str()
		case "tool":
			r.Tool = d.str()
		case "command":
			r.Command = d.str()
		case "argv":
			r.Argv = d.list(argv[:0])
		case "path":
			r.Path = d.str()
		case "url":
			r.URL = d.str()
		case "effects":
			r.Effects = effects[:0]
			d.array(func() {
				n := len(r.Effects)
				if n == cap(r.Effects) {
					r.Effects = slices.Grow(r.Effects, min(strings.Count(d.s[d.i:], `{"kind":`), maxRecordEffects-n)+1)
				}
				r.Effects = r.Effects[:n+1]
				d.effect(&r.Effects[n])
			})
			if r.Effects == nil {
				r.Effects = []Effect{}
			}
		case "files":
			r.Files = []File{}
			d.array(func() { r.Files = append(r.Files, d.file()) })
		case "unresolved":
			r.Unresolved = d.yes()
		case "unpredicted":
			r.Unpredicted = d.yes()
		case "action":
			r.Action = d.str()
		case "outcome":
			r.Outcome = d.str()
		case "mode":
			r.Mode = d.str()
		case "policy":
			r.Policy = d.str()
		case "rule":
			r.Rule = d.str()
		case "message":
			r.Message = d.str()
		case "instead":
			r.Instead = d.str()
		case "refusal":
			r.Refusal = d.str()
		case "details":
			r.Details = d.stringMap()
		case "duration_us":
			r.Duration = time.Duration(d.number()) * time.Microsecond
		case "cut":
			r.Cut = d.yes()
		case "seal":
			r.Seal = d.seal()
		case "prev":
			r.Prev = d.str()
		case "hash":
			r.Hash = d.str()
		}
	})
	return !d.bad && d.i == len(d.s) && v == Version
}

func (d *decoder) effect(f *Effect) {
	argv := f.Argv
	*f = Effect{}
	d.object(effectKeys, func(key string) {
		switch key {
		case "kind":
			f.Kind = d.str()
		case "certainty":
			f.Certainty = d.str()
		case "program":
			f.Program = d.str()
		case "argv":
			f.Argv = d.list(argv[:0])
		case "path":
			f.Path = d.str()
		case "host":
			f.Host = d.str()
		case "url":
			f.URL = d.str()
		case "name":
			f.Name = d.str()
		case "value":
			f.Value = d.str()
		case "from":
			f.From = d.str()
		case "to":
			f.To = d.str()
		case "recursive":
			f.Recursive = d.yes()
		case "sends":
			f.Sends = d.yes()
		case "builtin":
			f.Builtin = d.yes()
		case "via":
			f.Via = d.str()
		}
	})
}

func (d *decoder) file() (f File) {
	d.object(fileKeys, func(key string) {
		switch key {
		case "path":
			f.Path = d.str()
		case "size":
			f.Size = d.number()
		case "sha256":
			f.SHA256 = d.str()
		}
	})
	return f
}

func (d *decoder) seal() *Seal {
	s := &Seal{}
	count := func() uint64 {
		n := d.number()
		d.bad = d.bad || n < 0
		return uint64(n)
	}
	d.object(sealKeys, func(key string) {
		switch key {
		case "epoch":
			s.Epoch = count()
		case "records":
			s.Records = count()
		case "since":
			s.Since = d.str()
		case "reason":
			s.Reason = d.str()
		case "idle":
			s.Idle = count()
		case "next":
			s.Next = d.str()
		case "sig":
			s.Sig = d.str()
		}
	})
	return s
}

func (d *decoder) fail() { d.bad, d.i = true, len(d.s) }

func (d *decoder) at(c byte) bool {
	if d.i < len(d.s) && d.s[d.i] == c {
		d.i++
		return true
	}
	return false
}

func (d *decoder) must(t string) {
	if !strings.HasPrefix(d.s[d.i:], t) {
		d.fail()
		return
	}
	d.i += len(t)
}

// object reads an object whose keys are among those given, once each and in
// their order; value is called behind each.
func (d *decoder) object(keys []schemaKey, value func(key string)) {
	d.must("{")
	for first := true; !d.bad && !d.at('}'); first = false {
		if !first {
			d.must(",")
		}
		d.must(`"`)
		rest := d.s[d.i:]
		for len(keys) > 0 && !isKey(rest, keys[0].name) {
			keys = keys[1:]
		}
		if len(keys) == 0 || d.bad {
			d.fail()
			return
		}
		d.i += len(keys[0].name) + 2
		value(keys[0].name)
		keys = keys[1:]
	}
}

// isKey says whether s goes on with NAME":.
func isKey(s, name string) bool {
	n := len(name)
	return len(s) > n+1 && s[n] == '"' && s[n+1] == ':' && s[:n] == name
}

func (d *decoder) array(item func()) {
	d.must("[")
	for n := 0; !d.bad && !d.at(']'); n++ {
		if n > 0 {
			d.must(",")
		}
		if n == maxRecordEffects {
			d.fail()
			return
		}
		item()
	}
}

func (d *decoder) list(list []string) []string {
	d.must("[")
	if list == nil {
		rest := d.s[d.i:]
		list = make([]string, 0, min(strings.Count(rest[:max(strings.IndexByte(rest, ']'), 0)], `","`)+1, 64))
	}
	for first := true; !d.bad && !d.at(']'); first = false {
		if !first {
			d.must(",")
		}
		list = append(list, d.str())
	}
	return list
}

func (d *decoder) stringMap() map[string]string {
	d.must("{")
	m := map[string]string{}
	for first := true; !d.bad && !d.at('}'); first = false {
		if !first {
			d.must(",")
		}
		key := d.str()
		d.must(":")
		m[key] = d.str()
	}
	return m
}

func (d *decoder) yes() bool {
	d.must("true")
	return true
}

func (d *decoder) number() int64 {
	start := d.i
	d.at('-')
	for d.i < len(d.s) && d.s[d.i]-'0' < 10 {
		d.i++
	}
	s := d.s[start:d.i]
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) > 1 && s[0] == '0' || strings.HasPrefix(s, "-0") {
		d.fail()
	}
	return n
}

func (d *decoder) time() time.Time {
	t, err := time.Parse(time.RFC3339, d.str())
	if err != nil {
		d.fail()
	}
	return t
}

// str reads a string.
func (d *decoder) str() string {
	d.must(`"`)
	start := d.i
	s, i := d.s, start
	for i < len(s) {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		d.i = i
		if c == '"' {
			d.i++
			return s[start:i]
		}
		if c == '\\' {
			return d.escaped(start)
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if c < utf8.RuneSelf || r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	d.fail()
	return ""
}

// escaped reads the rest of a string that has escapes.
func (d *decoder) escaped(start int) string {
	end := d.i
	for end < len(d.s) && d.s[end] != '"' {
		if d.s[end] == '\\' {
			end++
		}
		end++
	}
	b := make([]byte, 0, min(end, len(d.s))-start)
	b = append(b, d.s[start:d.i]...)
	for d.i < len(d.s) {
		c := d.s[d.i]
		if c == '"' {
			d.i++
			return string(b)
		}
		if c != '\\' {
			r, n := utf8.DecodeRuneInString(d.s[d.i:])
			if c < ' ' || r == utf8.RuneError && n == 1 {
				break
			}
			b = append(b, d.s[d.i:d.i+n]...)
			d.i += n
			continue
		}
		r, n := unescape(d.s[d.i:])
		if n == 0 {
			break
		}
		b = utf8.AppendRune(b, r)
		d.i += n
	}
	d.fail()
	return ""
}

// unescape reads one escape of those that the encoder writes; n is 0 if it is
// none of them.
func unescape(s string) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\':
		return rune(s[1]), 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	}
	if r = unescapeHex(s); r < 0 {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low := unescapeHex(s[6:]); low >= 0 {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

// unescapeHex reads \uXXXX, -1 if s begins with something else.
func unescapeHex(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	r := rune(0)
	for i := 2; i < 6; i++ {
		h := hexValue[s[i]]
		if h > 15 {
			return -1
		}
		r = r<<4 | rune(h)
	}
	return r
}
