package shellparse

import "strings"

// writtenVariables name a file, or a directory, that the program they are
// given to writes by itself. Those of git stand with it.
var writtenVariables = map[string]bool{
	"HISTFILE": true, "LESSHISTFILE": true, "MYSQL_HISTFILE": true, "PSQL_HISTORY": true, "SQLITE_HISTORY": true, "REDISCLI_HISTFILE": true,
	"NODE_REPL_HISTORY": true, "PYTHON_HISTORY": true,
	"NODE_V8_COVERAGE": true, "NODE_COMPILE_CACHE": true, "NODE_REDIRECT_WARNINGS": true, "PYTHONPYCACHEPREFIX": true, "COVERAGE_FILE": true,
	"GOCOVERDIR": true, "GCOV_PREFIX": true, "LLVM_PROFILE_FILE": true, "MALLOC_TRACE": true, "PERF_BUILDID_DIR": true,
	"PERLDB_OPTS": true, "SSLKEYLOGFILE": true, "PIP_LOG": true, "CCACHE_LOGFILE": true, "DISTCC_LOG": true,
	"TF_LOG_PATH":  true,
	"ASAN_OPTIONS": true, "UBSAN_OPTIONS": true, "TSAN_OPTIONS": true, "LSAN_OPTIONS": true, "MSAN_OPTIONS": true,
}

// readVariables name a file that the program they are given to reads, and shows
// where it makes nothing of it.
var readVariables = map[string]bool{"GOWORK": true}

// writesByName records that a variable is given to a program which writes what
// it names.
func (a *analyzer) writesByName(st *state, name string, val str, sp Span) {
	if strings.HasSuffix(name, "_OPTIONS") || name == "PERLDB_OPTS" { // log_path=FILE among others
		at := strings.Index(val.t, "/")
		if at < 0 || !val.known() {
			return
		}
		val = val.cutPrefix(strings.LastIndexAny(val.t[:at], "=: ") + 1)
		if end := strings.IndexAny(val.t, ": "); end >= 0 {
			val.t = val.t[:end]
		}
	}
	if name, _, ok := val.cut('%'); ok && val.known() { // llvm's %p and the like
		val = concat(name, str{t: "*", glob: true})
	}
	if val.opaque() || val.prefix() == "" {
		return
	}
	p, cert := a.resolve(st, val, true)
	if cert == Unknown || cert == Exact && deviceSink(p) {
		return
	}
	a.touched = true
	a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Span: sp})
}
