package audit

import "strings"

// Redact returns s with what looks like a secret replaced by [redacted] or
// [redacted:WHOSE]. It knows tokens by their shape, values by the name of
// their key or option, passwords in URLs, credentials in headers and private
// keys, also in base64 and behind the percent signs of URLs. A reference to a
// secret ($TOKEN, $(pass show x)) is none and stays. Redacting twice changes
// nothing more. Time is linear in the length of s.
func Redact(s string) string { return redact(s, codedDeep) }

func redact(s string, deep int) string {
	for range 4 { // taking one away may lay the next one bare
		t := redactOnce(s)
		if t == s && deep > 0 {
			t = redactCoded(s, deep)
		}
		if t == s {
			break
		}
		s = t
	}
	return s
}

// What a byte may be the beginning of.
const (
	startsToken = 1 << iota
	startsProgram
	startsBearer
	isSign // = : - and what ends a command
)

// byteSet is a set of bytes.
type byteSet [4]uint64

func (s *byteSet) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *byteSet) has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

// Most of a text is none of our business. These tables find that out quickly.
var (
	hot       [256]uint8
	second    [256]byteSet // what may come after the first byte of a word
	tokensBy  [256][]token
	optionsOf = map[string][]secretOption{}
	keyEnds   [256]byteSet // the last two letters of secret keys, in lower case
)

func init() {
	start := func(word string, what uint8) {
		hot[word[0]] |= what
		second[word[0]].add(word[1])
	}
	for _, t := range tokens {
		start(t.prefix, startsToken)
		tokensBy[t.prefix[0]] = append(tokensBy[t.prefix[0]], t)
	}
	for _, o := range secretOptions {
		start(o.program, startsProgram)
		optionsOf[o.program] = append(optionsOf[o.program], o)
	}
	for _, b := range [...]string{"be", "Be", "bE", "BE", "ba", "Ba", "bA", "BA"} {
		start(b, startsBearer)
	}
	for _, c := range "=:->\n;|&" {
		hot[c] |= isSign
	}
	end := func(key string) { keyEnds[key[len(key)-2]].add(key[len(key)-1]) }
	for _, e := range secretEnds {
		end(e)
	}
	for w := range secretWords {
		end(w)
	}
	for w := range secretPairs {
		end(w)
	}
}

// redactor goes through a text once.
type redactor struct {
	s       string
	out     []byte
	done    int            // s[:done] is in out
	options []secretOption // of the program of the command at hand
	program int            // where that is
}

func redactOnce(s string) string {
	r := redactor{s: s}
	for i := 0; i < len(s); {
		h := hot[s[i]]
		if h == 0 {
			i++
			continue
		}
		next := 0
		if h&isSign != 0 {
			next = r.sign(i)
		} else if i+1 < len(s) && second[s[i]].has(s[i+1]) && (i == 0 || !wordChars[s[i-1]]) {
			next = r.word(i, h)
		}
		i = max(next, i+1)
	}
	if r.done == 0 {
		return s
	}
	return string(append(r.out, s[r.done:]...))
}

// replace puts a mark in place of s[from:to] and returns to.
func (r *redactor) replace(from, to int, whose string) int {
	r.out = append(r.out, r.s[r.done:from]...)
	r.out = append(r.out, "[redacted"...)
	if whose != "" {
		r.out = append(r.out, ':')
		r.out = append(r.out, whose...)
	}
	r.out = append(r.out, ']')
	r.done = to
	return to
}

// word looks at the word that begins at i.
func (r *redactor) word(i int, h uint8) int {
	s := r.s
	if h&startsToken != 0 {
		for _, t := range tokensBy[s[i]] {
			if end := t.match(s[i:]); end > 0 {
				from := i
				if t.how&keepsPrefix != 0 {
					from += len(t.prefix)
				}
				return r.replace(from, i+end, t.name)
			}
		}
	}
	if h&startsBearer != 0 {
		if from, to := bearer(s, i); to > 0 {
			return r.replace(from, to, "")
		}
	}
	if h&startsProgram != 0 {
		end := i
		for end < len(s) && end-i < maxProgram && tokenSet[s[end]] {
			end++
		}
		if o, ok := optionsOf[s[i:end]]; ok {
			r.options, r.program = o, i
		}
	}
	return 0
}

// maxProgram is longer than the name of any program in the table.
const maxProgram = 24

// match returns the length of the token at the beginning of s, or 0.
func (t *token) match(s string) int {
	if !strings.HasPrefix(s, t.prefix) {
		return 0
	}
	dot := 0
	if t.how&needsDot != 0 {
		// Before the run is measured, which may be long and full of others.
		if dot = strings.IndexByte(s[:min(len(s), maxHead)], '.'); dot < 0 {
			return 0
		}
	}
	end := len(t.prefix)
	for end < len(s) && t.class[s[end]] {
		end++
	}
	if end-len(t.prefix) < t.min || dot >= end {
		return 0
	}
	return end
}

// maxHead is where the first part of a token with dots must have ended.
const maxHead = 2 << 10

// bearer finds what follows "Bearer" or "Basic" at i, if that is no prose.
func bearer(s string, i int) (from, to int) {
	for _, scheme := range [...]string{"bearer ", "basic "} {
		if len(s)-i < len(scheme) || !strings.EqualFold(s[i:i+len(scheme)], scheme) {
			continue
		}
		from = i + len(scheme)
		digit := false
		for to = from; to < len(s) && bearerSet[s[to]]; to++ {
			digit = digit || s[to] >= '0' && s[to] <= '9' || s[to] == '='
		}
		if to-from >= 8 && digit || to-from >= 24 {
			return from, to
		}
	}
	return 0, 0
}

// sign looks at a character that may part a key from its value.
func (r *redactor) sign(i int) int {
	s := r.s
	switch s[i] {
	case '=':
		return r.assignment(i)
	case ':':
		if strings.HasPrefix(s[i:], "://") {
			return r.userinfo(i + 3)
		}
		return r.colon(i)
	case '>':
		if key := keyBefore(s, i); i > len(key) && s[i-1-len(key)] == '<' && isSecretKey(key) { // <password>x</password>
			if end := strings.IndexByte(s[i:], '<'); end > 1 && isSecret(s[i+1:i+end]) {
				return r.replace(i+1, i+end, "")
			}
		}
	case '-':
		if strings.HasPrefix(s[i:], "-----BEGIN ") {
			return r.privateKey(i)
		}
		if i == 0 || isBlank(s[i-1]) {
			return r.option(i)
		}
	default:
		r.options = nil
	}
	return 0
}

// assignment: KEY=value, KEY = "value", key+=value.
func (r *redactor) assignment(i int) int {
	s := r.s
	if i+1 < len(s) && s[i+1] == '=' || i > 0 && strings.IndexByte("=!<>~", s[i-1]) >= 0 {
		return 0
	}
	k := i
	for k > 0 && (s[k-1] == '+' || s[k-1] == ':') {
		k--
	}
	spaced := k > 0 && s[k-1] == ' '
	if spaced {
		k--
	}
	if key := keyBefore(s, k); !isSecretKey(key) && !(key == "sig" && k > 3 && (s[k-4] == '?' || s[k-4] == '&')) {
		return 0
	}
	v := i + 1
	if spaced && v < len(s) && s[v] == ' ' {
		v++
	}
	return r.value(v, "")
}

// colon: key: value in YAML, JSON and headers.
func (r *redactor) colon(i int) int {
	s := r.s
	key := keyBefore(s, i)
	v := i + 1
	for v < len(s) && s[v] == ' ' {
		v++
	}
	if scheme, ok := headers[strings.ToLower(key)]; ok {
		return r.header(v, scheme)
	}
	if !isSecretKey(key) {
		return 0
	}
	from, to := valueAt(s, v)
	quoted := from > v
	if quoted && (from == len(s) || isBlank(s[from])) {
		return 0 // these quotes end here: read -p "Password: " x
	}
	// token:write and "the token: see below" are no secrets.
	if !quoted && (to-from < 4 || v == i+1 && (to-from < 8 || !strings.ContainsAny(s[from:to], digits))) {
		return 0
	}
	return r.value(v, "")
}

// header redacts what follows the colon, to the end of the line or the quotes,
// but for the scheme (Bearer, Basic, token) if there is one.
func (r *redactor) header(v int, scheme bool) int {
	s := r.s
	if v < len(s) && (s[v] == '"' || s[v] == '\'') {
		v++
	}
	end := v
	for end < len(s) && strings.IndexByte("\"'\n\r`", s[end]) < 0 {
		end++
	}
	if sp := strings.IndexByte(s[v:end], ' '); scheme && sp > 0 && sp < 12 {
		v += sp + 1
	}
	if !isSecret(s[v:end]) {
		return 0
	}
	return r.replace(v, end, "")
}

// after redacts what comes after a character of the value at v; 0: all of it.
func (r *redactor) after(c byte, v int) int {
	if c == 0 {
		return r.value(v, "")
	}
	from, to := valueAt(r.s, v)
	n := strings.IndexByte(r.s[from:to], c)
	if n < 0 || !isSecret(r.s[from+n+1:to]) {
		return 0
	}
	return r.replace(from+n+1, to, "")
}

// value redacts the value that begins at v.
func (r *redactor) value(v int, whose string) int {
	from, to := valueAt(r.s, v)
	if !isSecret(r.s[from:to]) {
		return 0
	}
	return r.replace(from, to, whose)
}

// userinfo: the password in scheme://user:password@host.
func (r *redactor) userinfo(i int) int {
	s := r.s
	end := i
	for end < len(s) && strings.IndexByte("/?#\"'`<>| \t\r\n", s[end]) < 0 {
		end++
	}
	at := strings.LastIndexByte(s[i:end], '@')
	if at < 0 {
		return 0
	}
	user, password, found := strings.Cut(s[i:i+at], ":")
	switch {
	case found && isSecret(password):
		return r.replace(i+len(user)+1, i+at, "")
	case !found && len(user) >= 20 && isSecret(user):
		return r.replace(i, i+at, "")
	}
	return 0
}

// privateKey: the inside of a PEM block.
func (r *redactor) privateKey(i int) int {
	s := r.s
	head := strings.Index(s[i+11:min(len(s), i+80)], "-----")
	if head < 0 || !strings.Contains(s[i:i+11+head], "PRIVATE KEY") {
		return 0
	}
	from := i + 11 + head + 5
	to := strings.Index(s[from:], "-----END")
	if to < 0 {
		to = len(s) - from
	}
	if to += from; !isSecret(strings.TrimSpace(s[from:to])) {
		return 0
	}
	return r.replace(from, to, "key")
}

// option: --password VALUE, and what the program's own options are.
func (r *redactor) option(i int) int {
	s := r.s
	end := i
	for end < len(s) && (tokenSet[s[end]] || s[end] == '.') {
		end++
	}
	opt := s[i:end]
	for _, o := range r.options {
		switch {
		case o.command != "" && !strings.Contains(s[r.program:min(r.program+maxHead/16, i)], o.command):
			// another command of that program
		case o.glued && len(opt) > len(o.option) && strings.HasPrefix(opt, o.option) && !strings.HasPrefix(opt, "--"):
			return r.after(o.after, i+len(o.option))
		case !o.glued && opt == o.option && end < len(s) && (isBlank(s[end]) || s[end] == '=' && opt[1] == '-'):
			return r.after(o.after, skipBlanks(s, end+1))
		}
	}
	if end < len(s) && isBlank(s[end]) && isSecretOption(opt) {
		if v := skipBlanks(s, end); v < len(s) && s[v] != '-' {
			return r.value(v, "")
		}
	}
	return 0
}

func isSecretOption(opt string) bool {
	name := strings.TrimLeft(opt, "-")
	return len(name) > 2 && len(name) < len(opt) && isSecretKey(name) && !strings.HasPrefix(name, "no-") && !strings.HasPrefix(name, "with-")
}

// redactValue redacts the value of a variable or of a detail.
func redactValue(key, value string) string {
	if isSecretKey(key) && isSecret(value) {
		return "[redacted]"
	}
	return Redact(value)
}
