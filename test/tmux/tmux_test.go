// Package tmux runs interactive programs in a terminal, in a bare shell and in
// a guarded one, types the same keys and compares the screens.
package tmux

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rampart/test/binary"
	"rampart/test/screen"
)

func TestMain(m *testing.M) {
	flag.Set("test.parallel", "8") // they mostly wait
	os.Exit(binary.Main(m))
}

// step is something the user does, and what the screen has to show then.
type step struct {
	line   string   // typed, with Enter
	text   string   // typed, without
	keys   []string // pressed, by tmux's names
	resize [2]int   // columns and lines
	shows  string
	// moved says that a screen comes back that was resized while it was hidden:
	// where the terminal then has its lines depends on its own timing.
	moved bool
}

// program is a session with an interactive program, begun at a shell's prompt
// and ended there.
type program struct {
	name  string
	needs string
	live  bool // shows what changes by itself: only the waypoints are compared
	steps []step
}

const prompt = "$ "

// shown tells whether a screen has what a step waits for. A prompt counts if
// it is the last line; blanks at its end are not in the screen's text.
func shown(text, want string) bool {
	if want == prompt {
		return strings.HasSuffix("\n"+text, "\n"+strings.TrimSpace(prompt))
	}
	return strings.Contains(text+"\n", want)
}

var programs = []program{
	{name: "vim", needs: "vim", steps: []step{
		{line: "vim -u NONE -i NONE -N new.txt", shows: "new.txt"},
		{text: "ione\ntwo words\nthree", shows: "three"},
		{keys: []string{"Escape"}},
		{text: "kA!", shows: "two words!"},
		{keys: []string{"Escape"}},
		{line: ":set number", shows: "  2 two words!"},
		{line: ":w", shows: "written"},
		{resize: [2]int{70, 20}, shows: "words!"},
		{keys: []string{"C-z"}, shows: "Stopped", moved: true},
		{line: "jobs", shows: "Stopped", moved: true},
		{line: "fg", shows: "words!"},
		{line: ":!echo from a shell", shows: "from a shell", moved: true},
		{keys: []string{"Enter"}, shows: "words!"},
		{line: ":q", shows: prompt, moved: true},
		{line: "clear; cat new.txt", shows: "words!"},
	}},
	{name: "less", needs: "less", steps: []step{
		{line: "seq 1000 > numbers; less numbers", shows: "25"},
		{keys: []string{"Space"}, shows: "50"},
		{text: "G", shows: "1000"},
		{line: "/^77$", shows: "Pattern not found"},
		{keys: []string{"Enter"}},
		{text: "g", shows: "1\n"},
		{line: "/^77$", shows: "77"},
		{resize: [2]int{60, 15}, shows: "77"},
		{text: "q", shows: prompt, moved: true},
		{line: "clear; echo after", shows: "after"},
	}},
	{name: "htop", needs: "htop", live: true, steps: []step{
		{line: "htop", shows: "F10Quit"},
		{keys: []string{"F2"}, shows: "Setup"},
		{keys: []string{"F10"}, shows: "F10Quit"},
		{resize: [2]int{120, 40}, shows: "F10Quit"},
		{text: "q", shows: prompt},
		{line: "clear; echo after", shows: "after"},
	}},
	{name: "job control", steps: []step{
		// each says that it has the terminal before it gets a key
		{line: "(echo up; exec sleep 100)", shows: "\nup"},
		{keys: []string{"C-z"}, shows: "[1]+  Stopped"},
		{line: "jobs", shows: "jobs\n[1]+  Stopped"},
		{line: "bg", shows: "[1]+ ( echo up; exec sleep 100 ) &"},
		{line: "jobs", shows: "Running"},
		{line: "fg", shows: "fg\n( echo up; exec sleep 100 )"},
		{keys: []string{"C-c"}, shows: "^C"},
		{line: "echo status $?; jobs; echo none", shows: "status 130\nnone"},
		{line: "sleep 100 & kill %1; wait %1; echo ended $?", shows: "ended 143\n"},
		{line: "cat"},
		{line: "echoed", shows: "echoed\nechoed"},
		{keys: []string{"C-z"}, shows: "Stopped"},
		{line: "fg"},
		{line: "again", shows: "again\nagain"},
		{keys: []string{"C-d"}, shows: prompt},
		{line: "(echo again up; sleep 100; echo not here)", shows: "\nagain up"},
		{keys: []string{"C-c"}, shows: "^C"},
		{line: `echo "status $?"`, shows: "status 130"},
	}},
	{name: "line editing", steps: []step{
		{line: "echo first", shows: "\nfirst"},
		{keys: []string{"Up"}, shows: "$ echo first"},
		{keys: []string{"C-w"}},
		{line: "second", shows: "\nsecond"},
		{keys: []string{"C-r"}, shows: "reverse-i-search"},
		{text: "fir", shows: "echo first"},
		{keys: []string{"Enter"}},
		{text: "never run"},
		{keys: []string{"C-c"}, shows: "^C"},
		{line: "echo a; false; echo $?", shows: "\n1"},
		{line: "mkdir -p alpha/beta; touch alpha/beta/gamma; echo made", shows: "\nmade"},
		{text: "ls al"},
		{keys: []string{"Tab"}, shows: "$ ls alpha/"},
		{keys: []string{"Enter"}, shows: "\nbeta"},
		{line: "for i in 1 2"},
		{line: "do echo x$i"},
		{line: "done", shows: "x2"},
		{line: "cat <<E"},
		{line: "here $((40+2))"},
		{line: "E", shows: "here 42"},
		{line: "stty size", shows: "30 100"},
		{resize: [2]int{90, 25}},
		{line: "while [ \"$(stty size)\" != '25 90' ]; do :; done; stty size", shows: "\n25 90"},
		{line: "bash --norc", shows: prompt},
		{line: "echo $SHLVL inner; exit 4", shows: "inner"},
		{line: "echo outer $?", shows: "outer 4"},
	}},
	{name: "python", needs: "python3", steps: []step{
		{line: "python3 -q", shows: ">>>"},
		{line: "6 * 7", shows: "42"},
		{line: "import os; os.system('echo from sh')", shows: "from sh"},
		{line: "input('name: ')", shows: "name: "},
		{line: "me", shows: "'me'"},
		{keys: []string{"C-c"}, shows: "KeyboardInterrupt"},
		{keys: []string{"C-d"}, shows: prompt},
	}},
}

// TestPrograms compares the screens of each session, step by step.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			if p.needs != "" {
				if _, err := exec.LookPath(p.needs); err != nil {
					t.Skipf("no %s on this machine", p.needs)
				}
			}
			bare, guarded := start(t), start(t, binary.Path(t), "wrap", "--")
			for i, st := range p.steps {
				bare.do(t, i, st)
				guarded.do(t, i, st)
				if p.live || st.moved {
					bare.Settle()
					guarded.Settle()
				} else {
					compare(t, i, st, bare, guarded)
				}
			}
			bare.end(t)
			guarded.end(t)
		})
	}
}

// compare waits until two screens show the same and stay so. What takes its
// time on one of them is no difference, on a busy machine either may be late.
func compare(t *testing.T, i int, st step, bare, guarded session) {
	t.Helper()
	var a, b string
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if a, b = bare.settled(), guarded.settled(); a == b {
			return
		}
	}
	t.Fatalf("after step %d, %+v, the screens differ:\nbare\n%s\nguarded\n%s", i, st, screen.Frame(a), screen.Frame(b))
}

// jobNumber is what bash prints when it starts a job, with its process id.
var jobNumber = regexp.MustCompile(`(?m)^\[(\d+)\] \d+$`)

// session is a shell in a terminal of its own.
type session struct {
	*screen.Screen
	run string // its runtime directory
}

// start opens a shell, guarded by what stands before it.
func start(t *testing.T, before ...string) session {
	t.Helper()
	home, err := os.MkdirTemp("", "tmux-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	work, run := filepath.Join(home, "work"), filepath.Join(home, "run")
	for _, d := range []string{work, run} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{
		"HOME=" + home, "XDG_RUNTIME_DIR=" + run, "PATH=/usr/local/bin:/usr/bin:/bin", "SHELL=/bin/bash", "LANG=C.UTF-8",
		"TERM=xterm-256color", "PS1=" + prompt, "HISTFILE=/dev/null", "LESSHISTFILE=-", "PYTHON_HISTORY=/dev/null", "INPUTRC=/dev/null",
	}
	s := screen.Open(t, screen.Options{Dir: work, Env: env}, append(before, "bash", "--norc", "--noprofile")...)
	s.Until(patience, "a prompt", func(text string) bool { return shown(text, prompt) })
	s.Line("PS1='" + prompt + "'; unset TMUX TMUX_PANE; clear") // wrap's greeting, if any, goes
	s.Until(patience, "an empty screen", func(text string) bool { return strings.TrimSpace(text) == strings.TrimSpace(prompt) })
	return session{s, run}
}

// patience is how long a screen may take to show what is waited for.
const patience = 20 * time.Second

// do takes a step and waits until the screen shows what it has to.
func (s session) do(t *testing.T, i int, st step) {
	t.Helper()
	if st.resize != [2]int{} {
		s.Resize(st.resize[0], st.resize[1])
	}
	if st.text != "" {
		s.Type(st.text)
	}
	if len(st.keys) > 0 {
		s.Press(st.keys...)
	}
	if st.line != "" {
		s.Line(st.line)
	}
	s.Until(patience, fmt.Sprintf("%q after step %d", st.shows, i), func(text string) bool { return shown(text, st.shows) })
}

// settled is the screen's text once it has stopped changing, without what two
// sessions can't have in common.
func (s session) settled() string {
	return jobNumber.ReplaceAllString(s.Settle(), "[$1] PID")
}

// end leaves the shell.
func (s session) end(t *testing.T) {
	t.Helper()
	s.Line("exit 5")
	if status := s.Ends(patience); status != 5 {
		t.Errorf("the shell's exit status is %d, want 5", status)
	}
	if left, _ := filepath.Glob(filepath.Join(s.run, "rampart", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
