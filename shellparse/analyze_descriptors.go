package shellparse

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// numbered is the descriptor that a redirection with {NAME} in front opens: the
// shell picks one and leaves its number in the variable.
func (a *analyzer) numbered(st *state, fd string) string {
	if !strings.HasPrefix(fd, "{") {
		return fd
	}
	n := strconv.Itoa(10 + len(a.fds))
	a.setVar(st, strings.Trim(fd, "{}"), lit(n))
	return n
}

// nameChannel remembers the file behind a descriptor, by which /dev/fd/N leads
// to it.
func (a *analyzer) nameChannel(st *state, fd string, s str) {
	ch, ok := a.fds[fd]
	if !ok || !s.known() {
		return
	}
	if p, c := a.resolve(st, s, true); c == Exact && !strings.HasPrefix(p, "/dev/") {
		ch.file = p
		a.fds[fd] = ch
	}
}

// descriptor returns the channel that a name like /dev/fd/3 stands for.
func (a *analyzer) descriptor(p string) (channel, bool) {
	for _, dir := range [...]string{"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"} {
		if n, ok := strings.CutPrefix(p, dir); ok {
			ch, ok := a.fds[n]
			return ch, ok
		}
	}
	return channel{}, false
}

// duplicate is N>&M.
func (a *analyzer) duplicate(fd, to string, io stdio, out *sink, sp Span) (stdio, *sink) {
	ch, ok := a.fds[to]
	if fd == "0" {
		if ok {
			io = a.feed("", io, ch.texts()...)
		} else if out != nil && out.host != "" {
			io = a.feed("", io, unknown(a.netOf(out)))
		}
		return io, out
	}
	b, known := io.dups.of(to)
	if !known {
		b, known = a.dups.of(to)
	}
	if fd != "" && fd != "1" {
		switch {
		case to == "1":
			io.dups = io.dups.with(fd, io.out)
		case known:
			io.dups = io.dups.with(fd, b)
		case ok && fd == "2":
			io.errTo = &sink{channel: ch, append: true, span: sp}
			io.dups = io.dups.with(fd, io.errTo.opened())
		case ok:
			a.fds[fd] = ch
		}
		return io, out
	}
	switch {
	case ok && !known:
		return io, &sink{channel: ch, append: true, span: sp}
	case to == "2" && a.stderr != nil:
		return io, &sink{channel: *a.stderr, append: true, span: sp, tee: []*output{a.reach(io, b)}}
	case known && out != nil:
		out.tee = append(out.tee, a.reach(io, b))
	case known:
		io.out = a.reach(io, b)
	case to == "2":
		io.out = nil
	}
	return io, out
}

// reach is an output other than the command's own as that writes to it: it is not
// known when, or if, while what the own one is part of is not there yet.
func (a *analyzer) reach(io stdio, b *output) *output {
	if b == nil || b == io.out {
		return b
	}
	sure := a.branches+a.ands == 0
	for o := io.out; o != nil && o != b; o = o.under {
		sure = sure && o.apart
	}
	if sure {
		return b
	}
	return &output{strays: b, apart: true}
}

// dup says where what is written to a descriptor behind standard output comes
// to: nowhere that anybody looks, if it is nil.
type dup struct {
	fd  string
	out *output
}

type dups []dup

func (d dups) of(fd string) (*output, bool) {
	for i := len(d) - 1; i >= 0; i-- {
		if d[i].fd == fd {
			return d[i].out, true
		}
	}
	return nil, false
}

// with is d with one more: what a statement adds is its own.
func (d dups) with(fd string, out *output) dups {
	return append(d[:len(d):len(d)], dup{strings.Trim(fd, "{}"), out})
}

// opened gives a sink what its content is written to.
func (s *sink) opened() *output {
	s.content = &output{}
	return s.content
}

// descriptorName is the descriptor that a file stands for, "" for most files.
func descriptorName(p string) string {
	switch p {
	case "/dev/stdin":
		return "0"
	case "/dev/stdout":
		return "1"
	case "/dev/stderr":
		return "2"
	}
	for _, dir := range [...]string{"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"} {
		if n, ok := strings.CutPrefix(p, dir); ok && len(n) < 4 && isNumber(n) {
			return n
		}
	}
	return ""
}

// namedOutputs notes that a program which is given the name of a descriptor may
// write anything to it.
func (a *analyzer) namedOutputs(cmd *command, src *source) {
	for _, f := range cmd.argv[1:] {
		at := strings.Index(f.t, "/dev/")
		if at < 0 {
			at = strings.Index(f.t, "/proc/")
		}
		if at < 0 {
			continue
		}
		switch n := descriptorName(f.t[at:]); n {
		case "", "0":
		case "1":
			cmd.io.write(unknown(src))
		default:
			for _, d := range []dups{cmd.io.dups, a.dups} {
				if b, ok := d.of(n); ok && b != nil {
					b.add(unknown(src))
				}
			}
		}
	}
}

// keep makes for all that follows what exec does to descriptors.
func (a *analyzer) keep(io stdio, out *sink) {
	err, _ := io.dups.of("2")
	switch {
	case io.errTo != nil:
		a.stderr = &io.errTo.channel
	case out != nil && err == io.out:
		a.stderr = &out.channel
	default:
		a.dups = io.dups
	}
}

// feed makes a text what is read from a descriptor, one of several if there are more.
func (a *analyzer) feed(fd string, io stdio, texts ...str) stdio {
	in := eitherOf(texts)
	if len(texts) == 1 {
		texts = nil
	}
	if fd == "" || fd == "0" {
		io.in, io.piped, io.ins = &in, true, texts
		return io
	}
	a.setChannel(fd, channel{in: in, ins: texts}, true)
	return io
}

// eitherChannel is a channel that is one of two. What is written to it then may come to
// be in the files of both.
func (a *analyzer) eitherChannel(one, other channel) channel {
	texts := slices.Clone(one.texts())
	for _, v := range other.texts() {
		texts = addValue(texts, v)
	}
	texts = fewValues(texts, maxValues)
	if one.path != other.path {
		for _, p := range []string{one.path, other.path} {
			if f := a.files[p]; f != nil {
				f.vals = addValue(f.vals, unknown(nil))
			} else if p != "" {
				a.store(p, unknown(nil), false)
			}
		}
		one.path = ""
	}
	if one.file != other.file {
		one.file = ""
	}
	if one.host == "" {
		one.host, one.url = other.host, other.url
	}
	if one.in, one.ins = eitherOf(texts), nil; len(texts) > 1 {
		one.ins = texts
	}
	return one
}

// eitherChannels are the descriptors as they may be after any of several ways.
func (a *analyzer) eitherChannels(ways []map[string]channel) map[string]channel {
	out := maps.Clone(ways[0])
	for _, fds := range ways[1:] {
		for fd, ch := range fds {
			if !a.tick(1) {
				return out
			}
			if old, ok := out[fd]; ok {
				ch = a.eitherChannel(old, ch)
			}
			if out == nil {
				out = map[string]channel{}
			}
			out[fd] = ch
		}
	}
	return out
}

// texts are what may be read from it.
func (c channel) texts() []str {
	if len(c.ins) > 1 {
		return c.ins
	}
	return []str{c.in}
}

func (a *analyzer) setChannel(fd string, ch channel, reads bool) {
	fd = strings.Trim(fd, "{}")
	if fd == "" || fd == "1" || fd == "2" {
		return
	}
	if a.fds == nil {
		a.fds = map[string]channel{}
	}
	if !reads {
		ch.in = unknown(nil)
	}
	if old, ok := a.fds[fd]; ok && reads && ch.in.t == "" {
		ch.in, ch.ins = old.in, old.ins
	} else if ok && reads && a.branches+a.ands > 0 {
		ch = a.eitherChannel(old, ch)
	}
	a.fds[fd] = ch
}
