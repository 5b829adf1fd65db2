package engine

import (
	"path"
	"slices"
	"strings"

	"rampart/platform"
	"rampart/policy"
)

// A program that is allowed does some of its work by other programs: git stash
// runs git reset, apt runs dpkg, and that the packages' scripts. What those would
// be asked about was answered with the program itself.

// gitDirs are where git keeps the programs that it is made of.
var gitDirs = []string{"/usr/lib/git-core", "/usr/libexec/git-core", "/usr/local/libexec/git-core"}

// packageManagers run as root what the packages of the system's own sources
// bring along. Those that are given a package's file are asked about as such.
var packageManagers = []string{"apt", "apt-get", "aptitude", "dnf", "dnf5", "yum", "zypper", "apk", "pacman"}

// maxSteps is how far above a process its package manager may be.
const maxSteps = 24

// asOwnStep lets run what is part of what a program of the system does that was
// judged before: what git runs of git, if it is asked about, and what a package
// manager runs, unless it is the guard, the system's or a project's rules that
// speak against it.
func (o *Outcome) asOwnStep(c *policy.Call) {
	if o.Action < policy.Ask || !o.Excusable || o.Bound || o.Webhook != nil || c.Refusal != "" {
		return
	}
	if whole := wholeOf(c, o.Action); whole != "" {
		o.Decision = policy.Decision{Action: policy.Allow, Policy: o.Policy, Rule: o.Rule, Message: "part of what " + whole + " does, which was allowed"}
		o.Run, o.step = true, true
	}
}

// wholeOf names the program whose own step a Call is, "" if it is nobody's.
// c.PID is the process that asks, before it becomes what it asks about: what
// counts is what the kernel says of it, not its arguments. Where it has become that
// already, only those above it count.
func wholeOf(c *policy.Call, action policy.Action) string {
	if c.PID == 0 || c.Tool != "exec" || len(c.Argv) == 0 {
		return ""
	}
	nearest := c.PPID
	if !c.Gone {
		nearest = c.PID
		if asks := platform.ProgramOf(c.PID); action == policy.Ask && isGit(c.Path) && (isGit(asks) && gitWorks(platform.CommandLine(c.PID)) || shellRuns(asks, c.PID)) {
			return "git" // forked, or a script of its own
		}
	}
	if c.UID != 0 {
		return ""
	}
	return packageManagerAbove(nearest)
}

// takesAnySource reports whether a package manager was told to take packages, or
// its settings, from elsewhere than the system's configuration says.
func takesAnySource(pid int) bool {
	if platform.HasVariable(pid, "APT_CONFIG") {
		return true
	}
	words := platform.CommandLine(pid)
	return len(words) == 0 || slices.ContainsFunc(words[1:], func(w string) bool {
		w = strings.ToLower(w)
		return strings.Contains(w, "dir::") || strings.Contains(w, "allowinsecure") || strings.Contains(w, "allowunauthenticated") ||
			slices.ContainsFunc([]string{"-c", "--config", "--root", "--installroot", "--sysroot", "--repo", "--repofrompath", "--allow-un", "--nogpgcheck", "--no-gpg-checks", "--setopt", "-x"},
				func(o string) bool { return strings.HasPrefix(w, o) })
	})
}

// gitSteps are the subcommands that run git for their own ends. Others run what
// they are given: for-each-repo, a remote helper.
const gitSteps = " stash worktree gc maintenance submodule submodule--helper bisect bisect--helper rebase pull merge am clone checkout switch cherry-pick revert "

// gitWorks reports whether a command line of git is that of such a subcommand.
func gitWorks(words []string) bool {
	for i := 1; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-c" || w == "-C":
			i++
		case !strings.HasPrefix(w, "-"):
			return strings.Contains(gitSteps, " "+w+" ")
		}
	}
	return false
}

func isGit(file string) bool {
	return file != "" && (path.Base(file) == "git" || slices.Contains(gitDirs, path.Dir(file))) && platform.SystemsOwn(file)
}

// shellRuns reports whether a process is a shell that carries out a script of
// git's own.
func shellRuns(shell string, pid int) bool {
	words := platform.CommandLine(pid)
	return len(words) > 1 && platform.SystemsOwn(shell) && slices.Contains(gitDirs, path.Dir(words[1])) &&
		slices.Contains([]string{"git-subtree", "git-submodule"}, path.Base(words[1])) && // others run commands of the settings
		platform.SystemsOwn(words[1]) && slices.Contains([]string{"sh", "dash", "bash", "busybox"}, path.Base(shell))
}

// packageManagerAbove names the package manager of the system that a process or
// one of its forebears is.
func packageManagerAbove(pid int) string {
	for range maxSteps {
		if pid <= 1 {
			break
		}
		file := platform.ProgramOf(pid)
		if name := path.Base(file); slices.Contains(packageManagers, name) && platform.SystemsOwn(file) {
			if takesAnySource(pid) {
				return ""
			}
			return name
		}
		pid = platform.ParentOf(pid)
	}
	return ""
}
