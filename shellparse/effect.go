package shellparse

// Kind says what an [Effect] does.
type Kind uint8

// The kinds of effect.
const (
	Exec   Kind = iota + 1 // a program is started, or a shell builtin or function that counts as one
	Read                   // a file's content is read
	Write                  // a file is created, changed, or its metadata is changed
	Delete                 // a file or directory is removed or emptied
	Fetch                  // a network peer is contacted
	SetEnv                 // an environment variable that is code to somebody is set
	Flow                   // data goes from one place to another
)

var kindNames = [...]string{Exec: "exec", Read: "read", Write: "write", Delete: "delete", Fetch: "fetch", SetEnv: "setenv", Flow: "flow"}

// String returns the name used in policy files and audit records.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// Certainty says how much of a [Value] or an [Effect] is known.
type Certainty uint8

// The certainties, from best to worst. A larger one is less certain.
const (
	Exact   Certainty = iota // known to the last byte
	Pattern                  // a glob is known that it matches
	Unknown                  // nothing is known
)

var certaintyNames = [...]string{Exact: "exact", Pattern: "pattern", Unknown: "unknown"}

// String returns the name used in decisions and audit records.
func (c Certainty) String() string {
	if int(c) < len(certaintyNames) {
		return certaintyNames[c]
	}
	return ""
}

// Span is a half-open range of byte offsets in the text that was given to
// [Analyze], before it was made canonical. For a Call without text both are 0.
type Span struct{ Start, End int }

// Value is a string of which a part may be unknown.
//
// Exact: Text is the string itself.
// Pattern: Text is a glob of '*' (any run of characters but '/'), '?' and
// '[...]'; characters of the string that would be special in a glob are
// escaped with a backslash. As in a shell, '*' and '?' do not match a leading
// dot of a path component. A hole of unknown content is '*' as well.
// Unknown: Text is empty.
//
// Spread: a word of a command, of which a part is unknown, that the shell may
// split: it may be several arguments. The first begins as Text does, the last
// ends as it does; of others nothing is known. What those would bring about
// besides is in [Result].Split.
type Value struct {
	Text      string
	Certainty Certainty
	Spread    bool
}

// Endpoint is one end of a Flow.
type Endpoint string

// The endpoints of a Flow.
const (
	Network     Endpoint = "network"     // a network peer; Host and URL say which
	Interpreter Endpoint = "interpreter" // something that runs what it is given; Program says which
	File        Endpoint = "file"        // a file; Path says which
	Decoded     Endpoint = "decoded"     // data that came out of a decoder (base64 -d, xxd -r, gunzip, openssl enc -d)
	Environment Endpoint = "env"         // the environment (env, printenv, set, $TOKEN)
)

// Effect is one thing that carrying out a command would do.
//
// Which fields are set depends on Kind:
//
//	Exec    Program, Path, Argv; Certainty is that of the program
//	Read    Path, Recursive
//	Write   Path, Recursive
//	Delete  Path, Recursive
//	Fetch   Host, URL, Sends
//	SetEnv  Name, Value
//	Flow    From, To, and Path, Host, URL, Program, Name as the endpoints say;
//	        Via if an earlier command left the data in that file
//
// Path is absolute and cleaned the way the kernel would resolve it; with
// Certainty Pattern it is a glob as in [Value]; with Unknown it is empty. Named is the
// path as it was given, if symlinks lead from there to Path, else empty.
type Effect struct {
	Kind      Kind
	Certainty Certainty
	Recursive bool // everything below Path as well
	Sends     bool // data leaves the machine
	Redirect  bool // Read, Write, Fetch: by a redirection, so by no program
	Builtin   bool // Exec: run by the shell itself: no process starts
	Span      Span

	Program string  // Exec: base name of the program, wrappers taken off one by one into effects of their own
	Argv    []Value // Exec: argv as the program sees it, argv[0] first
	Path    string
	Named   string // Read, Write, Delete
	Host    string // lower case, without port
	URL     string
	Name    string
	Value   Value
	From    Endpoint
	To      Endpoint
	Via     string

	after int // how many Execs came before: what another program does is another effect
}
