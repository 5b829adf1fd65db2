package shellparse

import "io/fs"

// Dialect is the grammar that the real shell reads.
type Dialect uint8

// The dialects. Foreign is a shell whose grammar is not known here (fish, csh,
// nushell): its text is never parsed and yields one unknown effect. So does that
// of the shells of Windows, beside what can be told by its words.
const (
	Bash Dialect = iota
	POSIX
	Zsh
	Korn
	Foreign
)

// DialectOf returns the dialect of a shell by the base name or path of its
// program, and false if name is no shell.
func DialectOf(name string) (Dialect, bool) {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			name = name[i+1:]
			break
		}
	}
	if len(name) > 0 && name[0] == '-' {
		name = name[1:]
	}
	switch name {
	case "bash", "rbash":
		return Bash, true
	case "sh", "dash", "ash", "posh", "yash":
		return POSIX, true
	case "zsh", "rzsh":
		return Zsh, true
	case "ksh", "ksh93", "mksh", "lksh", "pdksh":
		return Korn, true
	case "fish", "csh", "tcsh", "nu", "elvish", "xonsh", "pwsh", "powershell", "cmd", "cmd.exe", "powershell.exe", "pwsh.exe":
		return Foreign, true
	}
	return 0, false
}

// FS is what the analysis may see of the file system. All paths are absolute.
// Implementations must be safe for concurrent use and must not block on
// anything but the disk (never open a FIFO or a device).
type FS interface {
	Lstat(path string) (fs.FileInfo, error)
	Readlink(path string) (string, error)
	// ReadFile returns the content of a regular file of at most limit bytes;
	// a larger file, or one that is not regular, is an error.
	ReadFile(path string, limit int64) ([]byte, error)
	ReadDirNames(path string) ([]string, error)
}

// resolver is an FS that may know at once where a path leads, through all links. It
// says so only of what is there, and not below /proc.
type resolver interface {
	Resolve(path string) (real string, ok bool)
}

// Input is what is known of a command before it runs. Either Text or Argv is set.
type Input struct {
	Text    string  // what a shell of Dialect is asked to run
	Dialect Dialect // grammar of Text

	Argv []string // a process about to start: argv as it would see it
	Path string   // with Argv: the file the kernel is asked to run, "" if it is searched for

	Cwd  string // absolute; "" if unknown
	Home string // absolute; "" if unknown
	User string
	OS   string // as runtime.GOOS; "" means linux

	// Env returns a variable of the caller's environment. nil: nothing is known.
	Env func(name string) (value string, ok bool)
	// Environ are the caller's variables as NAME=VALUE, for those that are code
	// by themselves (BASH_ENV, LD_PRELOAD, exported functions). May be nil.
	Environ []string
	// FS may be nil: then the file system is not looked at.
	FS FS
	// Params are $0, $1 and so on of Text.
	Params []string
	// Parents are the processes that may be the parent of the shell that reads
	// the text: $PPID is one of them. None: it is unknown.
	Parents []int

	// Origins returns where earlier commands got the content of a file from,
	// as their Result.Leaves told; with below, also that of the files below a
	// directory. The path is absolute and resolved. nil: there were none.
	Origins func(path string, below bool) []Origin
	// Stdin is the file that the standard input of Argv's process is, "" if it is
	// none or not known. It is looked at for its origins only.
	Stdin string
}

// Result is what an analysis found.
type Result struct {
	Effects []Effect

	// Refusal is not empty when the command can't be judged faithfully (not
	// parseable, not emittable, too large, too complex): in words, for a person
	// and a model, without a trailing full stop. Such a command must not run.
	Refusal string
	// RefusalSpan is the text that Refusal is about.
	RefusalSpan Span

	// SyntaxError is not empty when the text ends in the middle of something (a
	// quote, a loop): no shell would run any of its last line. What runs in its
	// place prints this and exits with status 2; there are no effects.
	SyntaxError string

	// Canonical is the text to run in place of Input.Text. "" if Refusal is set.
	Canonical string
	// Rewrites are the arguments of Input.Argv to replace before it may run:
	// the canonical text of `bash -c TEXT`.
	Rewrites []Rewrite
	// TextIndex is the index in Input.Argv of a command text (`bash -c TEXT`,
	// also `busybox sh -c TEXT`), 0 if argv holds none.
	TextIndex int

	// Split is what the command does besides if words that are known in part
	// become several ([Value].Spread): `rm pre$(x)` may delete any file. It is no
	// matter for rules, which see the words as they were written; but where the
	// unknown part came from the network, the paths are among Effects. What a
	// file runs that is started by a path nobody knows is in it as well, and what
	// wildcards may become that are expanded while something else changes files.
	Split []Effect

	// Unresolved is set when an effect depends on what can't be known.
	Unresolved bool

	// Files are the files of code that were read and judged as part of the
	// command: scripts, makefiles, hooks. A file that runs but is not among them
	// could not be read, and makes the result Unresolved.
	Files []CodeFile

	// Leaves is what the command leaves in files, sorted by path: the content if
	// it is known, else where it came from.
	Leaves []FileState
	// Prints is where what Argv's process writes to standard output comes from,
	// unless it is a shell with a command text.
	Prints []Origin
}

// Rewrite replaces one argument of an argv.
type Rewrite struct {
	Index int
	Text  string
}
