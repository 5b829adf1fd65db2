package shellparse

import "strings"

// zshLetters are the options of zsh by their letters, a "-" in front of those
// that are switched off. What is not here is unknown, but for zshInertLetters.
var zshLetters = map[byte]string{
	'a': "allexport", 'e': "errexit", 'u': "-unset", 'C': "-clobber", 'F': "-glob", 'G': "nullglob", '3': "-nomatch", '4': "globdots", '8': "markdirs", 'D': "pushdtohome", 'N': "autopushd", 'y': "shwordsplit",
}

// zshInertLetters change nothing in what a text does: jobs, prompts, the editor,
// the history, and when a shell ends.
const zshInertLetters = "0125679BEHJKLMORSUVXYZdfghiklmnprstvx"

// zshInert are the options of the same kind by name.
var zshInert = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(`alwayslastprompt alwaystoend appendcreate appendhistory autocd autocontinue autolist automenu autoparamkeys autoparamslash
		autoremoveslash autoresume badpattern banghist bashautolist beep bgnice checkjobs checkrunningjobs combiningchars completealiases completeinword correct correctall
		emacs evallineno exec extendedhistory flowcontrol globalrcs globcomplete hashcmds hashdirs hashexecutablesonly hashlistall histallowclobber
		histbeep histexpiredupsfirst histfcntllock histfindnodups histignorealldups histignoredups histignorespace histlexwords histnofunctions histnostore histreduceblanks
		histsavebycopy histsavenodups histverify hup ignoreeof incappendhistory incappendhistorytime interactive interactivecomments listambiguous listbeep listpacked
		listrowsfirst listtypes localhistory login longlistjobs mailwarning menucomplete monitor multibyte multifuncdef nomatch notify overstrike pipefail printeightbit
		printexitvalue promptbang promptcr promptpercent promptsp pushdsilent rcs recexact rmstarsilent rmstarwait sharehistory shinstdin shortloops shortrepeat singlecommand
		singlelinezle sunkeyboardhack trackall transientrprompt typesetsilent verbose vi warncreateglobal warnnestedvar xtrace zle
		onecmd physical log braceexpand errtrace functrace`) {
		m[name] = true
	}
	delete(m, "physical") // chaselinks by another name
	return m
}()

// zshDefault are the options that are on from the start, and change what a text
// does when they are not.
var zshDefault = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields("aliases aliasfuncdef bareglobqual caseglob casematch clobber debugbeforecmd equals functionargzero glob globalexport multios") {
		m[name] = true
	}
	return m
}()

// setOption sets an option of a shell by its name. What is not followed of it
// makes an unknown of what the text does.
func (a *analyzer) setOption(d Dialect, o *options, name str, on bool, sp Span) {
	switch {
	case d != Zsh:
		if o.set(name.prefix(), on); !name.known() || unfollowed(d, name.t, on) {
			a.unknownCode(name, sp)
		}
	case !name.known() || !o.setZsh(name.t, on):
		a.unknownCode(name, sp)
	}
}

// setZsh sets an option of zsh, and reports whether what it does is followed.
func (o *options) setZsh(name string, on bool) bool {
	name = strings.ReplaceAll(lower(name), "_", "")
	if rest, ok := strings.CutPrefix(name, "no"); ok && name != "nomatch" && name != "notify" {
		name, on = rest, !on
	}
	switch name {
	case "dotglob":
		name = "globdots"
	case "braceexpand":
		name, on = "ignorebraces", !on
	case "hashall", "stdin", "promptvars", "physical", "log":
		return name == "hashall" || name == "stdin" || !on
	}
	switch name {
	case "errexit", "errreturn":
		o.errexit = o.errexit || on
	case "unset":
		o.nounset = o.nounset || !on
	case "localoptions":
		o.restored = on
	case "clobber":
		o.noclobber = o.noclobber || !on
	case "glob":
		o.set("noglob", !on)
	case "cshnullglob":
		o.set("nullglob", on)
	case "allexport", "shwordsplit", "globsubst", "extendedglob", "nullglob", "ksharrays":
		o.set(name, on)
	case "globdots", "markdirs", "numericglobsort", "globstarshort":
		o.unsureGlob = o.unsureGlob || on
	case "autopushd", "pushdminus", "pushdignoredups", "pushdtohome":
		o.oddDirs = o.oddDirs || on
	default:
		return zshInert[name] || on == zshDefault[name]
	}
	return true
}

// setZshLetters sets the options of an argument such as -yG, from its second
// byte on, up to an o, and reports whether what they do is followed.
func (o *options) setZshLetters(p string) bool {
	for i := 1; i < len(p) && p[i] != 'o'; i++ {
		on := p[0] == '-'
		name, ok := zshLetters[p[i]]
		if rest, off := strings.CutPrefix(name, "-"); off {
			name, on = rest, !on
		}
		if !ok && strings.IndexByte(zshInertLetters, p[i]) < 0 || ok && !o.setZsh(name, on) {
			return false
		}
	}
	return true
}

// setopt is setopt and unsetopt, which take letters and names.
func (a *analyzer) setopt(c *command) {
	a.lists(c)
	o, on := c.st.options(), c.argv[0].t == "setopt"
	for i := 1; i < len(c.argv); i++ {
		p := c.argv[i].prefix()
		if len(p) < 2 || p[0] != '-' && p[0] != '+' {
			a.setOption(Zsh, &o, c.argv[i].str, on, c.span)
			continue
		}
		if p == "-m" || p == "+m" { // by a pattern
			a.unknownCode(unknown(nil), c.span)
			break
		}
		if !on {
			p = strings.NewReplacer("-", "+", "+", "-").Replace(p[:1]) + p[1:]
		}
		if !o.setZshLetters(p) {
			a.unknownCode(c.argv[i].str, c.span)
		}
		switch _, name, named := strings.Cut(p, "o"); {
		case named && name != "":
			a.setOption(Zsh, &o, lit(name), p[0] == '-', c.span)
		case named && i+1 < len(c.argv):
			i++
			a.setOption(Zsh, &o, c.argv[i].str, p[0] == '-', c.span)
		}
	}
	a.changeOptions(c, o)
}
