package shellparse

// lisp carries out the forms from i to end and returns the last one's value:
// in these languages a call is a list that begins with its name.
func (s *codeScan) lisp(i, end int) val {
	out := nothing(nil)
	for i < end && !s.a.over && s.a.tick(1) {
		out, i = s.form(i, end)
	}
	return out
}

func (s *codeScan) form(i, end int) (val, int) {
	t := &s.toks[i]
	switch {
	case t.kind == 's':
		return val{s: t.val()}, i + 1
	case t.kind == 'n':
		return val{s: lit(t.text), num: true}, i + 1
	case t.kind == 'i':
		if v, ok := s.vars[t.text]; ok {
			return v, i + 1
		}
		return val{s: unknown(nil), name: t.text}, i + 1
	case t.text != "(" && t.text != "[":
		return nothing(nil), i + 1
	}
	m := min(s.mate[i], end)
	if !s.deeper() {
		return nothing(nil), m + 1
	}
	defer s.back()
	if s.kind(i+1) != 'i' {
		v := val{s: unknown(nil), list: true}
		for k := i + 1; k < m && !s.a.over; {
			var x val
			x, k = s.form(k, m)
			v.items = append(v.items, x)
		}
		return v, m + 1
	}
	name := s.toks[i+1].text
	var args []val
	for k := i + 2; k < m && !s.a.over; {
		var x val
		from := k
		x, k = s.form(k, m)
		if len(args) == 1 && s.kind(from-1) == 'i' && in(" setq setf define defvar defparameter set! def ", name) {
			s.set(s.toks[from-1].text, x, "=")
		}
		args = append(args, x)
	}
	switch name {
	case "list", "quote", "vector", "cons", "list*":
		return val{s: unknown(nil), list: true, items: args}, m + 1
	case "concat", "string-append", "concatenate", "str", "format":
		out := text("")
		for _, x := range args {
			if x.isText() {
				out = glue(out, x, "")
			} else if x.name == "" {
				out = glue(out, nothing(x.src()), "")
			}
		}
		return out, m + 1
	case "progn", "begin", "let", "let*", "when", "unless", "if", "do", "lambda", "cond":
		if len(args) > 0 {
			return args[len(args)-1], m + 1
		}
		return nothing(nil), m + 1
	}
	if len(args) > 0 && args[0].s.known() && len(name) > 12 && name[:12] == "call-process" {
		kept := args[:1:1]
		kept = append(kept, args[min(4, len(args)):]...) // after the input, the buffer and the display
		if name == "call-process-shell-command" {
			kept = args[:1]
		}
		args = kept
	}
	if name == "start-process" && len(args) > 2 {
		args = args[2:]
	}
	return s.invoke(val{s: unknown(nil), name: name}, args), m + 1
}
