package shellparse

import "strings"

// given is an argument with what it is to the program.
type given struct {
	role string
	val  str
	name string // of the option it is the value of
	pos  int    // index in argv
}

// call is a program's argv, taken apart as its entry says.
type call struct {
	cmd   *command
	p     *program
	modes []string
	args  []given
	rest  []field // the command that it runs, role cmd
	sub   string  // subcommand, for programs that have some

	src   *source // what it reads: files, standard input
	sent  *source // what it sends out
	peers []peer
	sends bool
	out   []str // files it writes its result to
}

type peer struct {
	host, url string
	cert      Certainty
}

func (c *call) on(mode string) bool {
	for _, m := range c.modes {
		if m == mode {
			return true
		}
	}
	return false
}

// parseArgs takes argv apart: options with their values, operands with their
// roles.
func parseArgs(cmd *command, p *program) *call {
	c := &call{cmd: cmd, p: p}
	argv := cmd.argv
	operands := make([]given, 0, max(len(argv)-1, 0))
	_, posix := p.trait("posix")
	_, sub := p.trait("sub")
	_, long1 := p.trait("long1")
	_, noopt := p.trait("noopt")
	for _, o := range p.operands {
		posix = posix || o.role == "cmd" || o.role == "script"
	}
	i := 1
	for ; i < len(argv); i++ {
		f := argv[i]
		pre := f.prefix()
		isOpt := len(pre) > 1 && (pre[0] == '-' || (pre[0] == '+' && p.options[pre[:2]] != option{})) && !noopt
		switch {
		case isOpt && pre == "--" && f.known():
			i++
			for ; i < len(argv); i++ {
				operands = append(operands, given{val: argv[i].str, pos: i})
			}
		case isOpt:
			i = c.parseOption(argv, i, pre, long1)
			if c.on("stop") {
				role := "_"
				if n := len(c.args); n > 0 && c.args[n-1].role == "code" {
					role = "rabs" // what the code is given to work on
				}
				i++
				for ; i < len(argv); i++ {
					operands = append(operands, given{val: argv[i].str, pos: i, role: role})
				}
			}
		default:
			operands = append(operands, given{val: f.str, pos: i})
			if sub || (posix && c.startsRest(len(operands))) {
				i++
				for ; i < len(argv); i++ {
					operands = append(operands, given{val: argv[i].str, pos: i})
				}
			}
		}
	}
	if sub {
		if len(operands) > 0 {
			c.sub = operands[0].val.t
			c.rest = argv[operands[0].pos:]
		}
		return c
	}
	c.assignRoles(operands)
	return c
}

// startsRest reports whether the n-th operand is the first that is another
// program's, so that options after it are not this one's.
func (c *call) startsRest(n int) bool {
	if _, posix := c.p.trait("posix"); posix {
		return true
	}
	for _, o := range c.operandsInForce() {
		if o.role == "cmd" || o.role == "script" {
			return true
		}
		if o.many {
			continue
		}
		if n--; n == 0 {
			return false
		}
	}
	return false
}

func (c *call) operandsInForce() []operand {
	var out []operand
	for _, o := range c.p.operands {
		if (o.mode == "" || c.on(o.mode)) && (o.unless == "" || !c.on(o.unless)) {
			out = append(out, o)
		}
	}
	return out
}

func (c *call) give(o option, name string, v str, pos int) {
	c.args = append(c.args, given{role: o.role, val: v, name: name, pos: pos})
}

// parseOption reads the option at argv[i] and returns the index of the last
// argument that it took.
func (c *call) parseOption(argv []field, i int, pre string, long1 bool) int {
	f := argv[i]
	next := func(o option, name string) int {
		if o.mode != "" {
			c.modes = append(c.modes, o.mode)
		}
		if !o.value || o.attached {
			return i
		}
		if i+1 < len(argv) {
			c.give(o, name, argv[i+1].str, i+1)
			return i + 1
		}
		return i
	}
	if strings.HasPrefix(pre, "--") || long1 {
		name, _, eq := strings.Cut(pre, "=")
		o, ok := c.p.option(name)
		if !ok && long1 && !strings.HasPrefix(pre, "--") && len(name) > 2 {
			if short, good := c.p.option(name[:2]); good && short.value && short.role != "_" {
				c.give(short, name[:2], f.cutPrefix(2), i)
			}
			return i
		}
		if !ok {
			return i
		}
		if eq {
			if o.mode != "" {
				c.modes = append(c.modes, o.mode)
			}
			c.give(o, name, f.cutPrefix(len(name)+1), i)
			return i
		}
		return next(o, name)
	}
	if o, ok := c.p.options[pre]; ok && f.known() {
		return next(o, pre)
	}
	for k := 1; k < len(pre); k++ {
		name := pre[:1] + pre[k:k+1]
		o, ok := c.p.options[name]
		if !ok {
			continue
		}
		if !o.value {
			c.modes = append(c.modes, o.mode)
			continue
		}
		if k+1 < len(pre) || !f.known() {
			if o.mode != "" {
				c.modes = append(c.modes, o.mode)
			}
			c.give(o, name, f.cutPrefix(k+1), i)
			return i
		}
		return next(o, name)
	}
	return i
}

// assignRoles gives each operand its role: the fixed ones in front, those at
// the end, and what is between to the one that takes many.
func (c *call) assignRoles(args []given) {
	ops := c.operandsInForce()
	many := -1
	for i, o := range ops {
		if o.many || o.role == "cmd" {
			many = i
			break
		}
	}
	n := len(args)
	if len(c.args) == 0 {
		c.args = args[:0] // each is read before its place is taken
	}
	take := func(g given, o operand) {
		if g.role == "" {
			g.role = o.role
		}
		c.args = append(c.args, g)
	}
	if many < 0 {
		for i := 0; i < n && i < len(ops); i++ {
			take(args[i], ops[i])
		}
		return
	}
	i := 0
	for ; i < many && i < n; i++ {
		take(args[i], ops[i])
	}
	if ops[many].role == "cmd" {
		if i < n {
			c.rest = c.cmd.argv[args[i].pos:]
		}
		return
	}
	last := ops[many+1:]
	for len(last) > 0 && last[0].many {
		last = last[1:] // an alternative of which the mode is on as well
	}
	tail := len(last)
	end := max(i, n-tail)
	for ; i < end; i++ {
		take(args[i], ops[many])
	}
	for k := 0; i < n; i, k = i+1, k+1 {
		take(args[i], last[k])
	}
}

// all returns the arguments of a role.
func (c *call) all(role string) []str {
	var out []str
	for _, g := range c.args {
		if g.role == role {
			out = append(out, g.val)
		}
	}
	return out
}
