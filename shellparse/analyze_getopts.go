package shellparse

import (
	"strconv"
	"strings"
)

// getopts takes the next option off the parameters.
func (a *analyzer) getopts(c *command) {
	argv := c.argv[1:]
	if len(argv) > 0 && argv[0].known() && argv[0].t == "--" {
		argv = argv[1:]
	}
	if len(argv) < 2 {
		return
	}
	name := argv[1].str
	args, open := c.st.parameters()
	if len(args) > 0 {
		args = args[1:]
	}
	if len(argv) > 2 {
		args, open = fieldStrs(argv[2:]), false
		for _, f := range argv[2:] {
			open = open || f.several()
		}
	}
	ind, ok := parseInt(a.scalar(c.st, "OPTIND").prefix())
	if a.optFound = true; a.dialect == Zsh && ok && ind > 0 && int(ind) <= len(args) && strings.HasPrefix(args[ind-1].t, "+") {
		ok = false // an option, there
	}
	if open || !ok || ind < 1 || !argv[0].known() || !name.known() {
		if name.known() {
			a.setVar(c.st, name.t, unknown(nil))
		}
		var src *source
		for _, s := range args {
			src = join(src, s.src)
		}
		a.setVar(c.st, "OPTARG", unknown(src))
		a.setVar(c.st, "OPTIND", unknown(nil))
		return
	}
	letter, arg, next, found := a.nextOption(argv[0].t, args, int(ind))
	a.setVar(c.st, "OPTIND", lit(strconv.Itoa(next)))
	a.setVar(c.st, name.t, letter)
	a.setVar(c.st, "OPTARG", arg)
	a.status, a.optFound = statusOf(found), found
}

// nextOption is the option at index ind, its argument and the index of what
// follows; where it stands in a cluster like -abc is kept.
func (a *analyzer) nextOption(spec string, args []str, ind int) (letter, arg str, next int, found bool) {
	end := lit("?")
	if ind > len(args) {
		return end, str{}, ind, false
	}
	word := args[ind-1]
	text := word.prefix()
	if a.optPos == 0 {
		switch {
		case text == "--" && word.known():
			return end, str{}, ind + 1, false
		case len(text) < 2 || text[0] != '-':
			return end, str{}, ind, false
		}
		a.optPos = 1
	}
	if a.optPos >= len(text) {
		a.optPos = 0
		return unknown(word.src), unknown(word.src), ind + 1, true
	}
	ch := text[a.optPos : a.optPos+1]
	a.optPos++
	last := a.optPos == len(text)
	k := strings.Index(strings.TrimPrefix(spec, ":"), ch)
	takes := k >= 0 && strings.HasPrefix(strings.TrimPrefix(spec, ":")[k+1:], ":")
	switch {
	case takes && (!last || !word.known()):
		arg, ind = word.cutPrefix(a.optPos), ind+1
		a.optPos = 0
	case takes:
		if ind < len(args) {
			arg = args[ind]
		}
		ind += 2
		a.optPos = 0
	case last:
		ind++
		a.optPos = 0
	}
	if k < 0 || ch == ":" {
		return end, lit(ch), ind, true
	}
	return str{t: ch, src: word.src}, arg, ind, true
}
