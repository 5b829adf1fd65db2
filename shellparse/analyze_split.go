package shellparse

import (
	"maps"
	"slices"
	"strings"
)

// The bounds of what is looked at besides, in case that words become several.
// Beyond them anything may come about.
const (
	maxSplitSteps   = 20_000
	maxSplitEffects = 512
)

// ifSplit looks at a command once more as it is when its words that are known
// in part become several: `rm pre$(x)` as `rm pre? ?...`.
func (a *analyzer) ifSplit(cmd *command, in *str, run func(*command)) {
	var argv []field
	var src *source
	for i, f := range cmd.argv {
		if f.spread && i > 0 {
			argv, src = append(argv, pieces(f)...), join(src, f.src)
		} else {
			argv = append(argv, f)
		}
	}
	c := *cmd
	c.argv, c.st, c.io.in, c.io.out = argv, cmd.st.fork(), in, nil
	a.aside(src.hasFrom(Network), func() { run(&c) })
}

// spreads reports whether an argument of a command is known in part and may be several.
func spreads(argv []field) bool {
	for i := 1; i < len(argv); i++ {
		if argv[i].spread {
			return true
		}
	}
	return false
}

// pieces are the arguments that a word becomes which is split: what it begins
// with, any others, and what it ends in.
func pieces(f field) []field {
	first, last := strings.Index(f.t, hole), strings.LastIndex(f.t, hole)
	var out []field
	if first > 0 {
		out = append(out, field{str: rawGlob(f.t[:first+1], f.src), quoted: f.quoted})
	}
	out = append(out, field{str: unknown(f.src), loose: true})
	if last+1 < len(f.t) {
		out = append(out, field{str: rawGlob(f.t[last:], f.src), quoted: f.quoted})
	}
	return out
}

// aside runs what may come about only if words are split. It leaves nothing
// behind but effects: in Split, or among the others where somebody on the
// network chose the words and what is named is not known at all.
func (a *analyzer) aside(network bool, run func()) {
	if a.asides {
		run()
		return
	}
	if a.over {
		return
	}
	n := len(a.res.Effects)
	cost := n/4 + len(a.files)
	if a.splitSteps+cost >= maxSplitSteps || len(a.res.Split) >= maxSplitEffects {
		a.anySplit()
		return
	}
	a.splitSteps += cost
	saved := *a
	a.asides = true
	a.res.Effects = a.res.Effects[:n:n]
	a.seen, a.sinceExec = nil, n
	a.steps = maxSteps - maxSteps/8 - (maxSplitSteps - a.splitSteps)
	begin := a.steps
	a.files = make(map[string]*fileState, len(saved.files))
	for p, f := range saved.files {
		a.files[p] = &fileState{vals: slices.Clone(f.vals), unsure: f.unsure}
	}
	a.links, a.unsure, a.hashed, a.fds = maps.Clone(a.links), maps.Clone(a.unsure), maps.Clone(a.hashed), maps.Clone(a.fds)
	a.runners, a.exportedFuncs, a.loose = maps.Clone(a.runners), maps.Clone(a.exportedFuncs), maps.Clone(a.loose)
	run()
	found, over, used, touched, looked := a.res.Effects[n:], a.over, a.steps-begin, a.touched, a.looked
	*a = saved
	a.splitSteps += used
	a.touched, a.looked = a.touched || touched, looked
	if over {
		a.anySplit()
		return
	}
	for _, e := range found {
		switch {
		case e.Kind == SetEnv || e.Kind == Flow || a.isAmong(a.res.Effects, &e) || a.isAmong(a.res.Split, &e):
		case network && e.Certainty == Unknown && e.Kind != Exec && e.Kind != Fetch:
			a.emit(e)
		default:
			a.res.Split = append(a.res.Split, e)
		}
	}
}

// anySplit says that anything may come about.
func (a *analyzer) anySplit() {
	if e := (Effect{Kind: Exec, Certainty: Unknown}); !a.isAmong(a.res.Split, &e) {
		a.res.Split = append(a.res.Split, e)
	}
}

// isAmong reports whether an effect is one of the last of a list.
func (a *analyzer) isAmong(list []Effect, e *Effect) bool {
	k := keyOf(e)
	for i := len(list) - 1; i >= max(0, len(list)-64); i-- {
		o := keyOf(&list[i])
		if o.after = k.after; o == k && slices.Equal(list[i].Argv, e.Argv) {
			return true
		}
	}
	return false
}
