package shellparse

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf16"
)

// psHomes are PowerShell's names of the home, in small letters.
var psHomes = []string{"~", "$home", "$env:home", "$env:userprofile", "${home}", "${env:home}"}

// psPath is a word of PowerShell as a path.
func (a *analyzer) psPath(st *state, word string) str {
	first, rest, _ := strings.Cut(strings.ReplaceAll(word, `\`, "/"), "/")
	if !slices.Contains(psHomes, lower(first)) {
		return lit(word)
	}
	return concat(a.homeOf(st, ""), lit(strings.TrimSuffix("/"+rest, "/")))
}

// powershell looks through PowerShell text for the cmdlets that touch files,
// contact peers and run what they get. Its grammar is not known here: words
// are what is between blanks, bars, semicolons and quotes.
func (a *analyzer) powershell(cmd *command, text string) {
	if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text)); err == nil && len(b) > 8 && len(b)%2 == 0 && b[1] == 0 {
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		text = string(utf16.Decode(u)) // -EncodedCommand
	}
	c := &call{cmd: cmd, p: &program{}}
	var reads *source
	runs, fetches := false, false
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r == '|' || r == ';' || r == '\n' || r == '(' || r == ')' || r == '{' || r == '}'
	}) {
		w := strings.Fields(part)
		if len(w) == 0 {
			continue
		}
		arg := str{}
		for _, x := range w[1:] {
			x = strings.Trim(x, `'",`)
			if !strings.HasPrefix(x, "-") && x != "" {
				arg = a.psPath(cmd.st, x)
				break
			}
		}
		switch name := lower(strings.Trim(w[0], `'"&.`)); name {
		case "iex", "invoke-expression":
			runs = true
		case "iwr", "irm", "invoke-webrequest", "invoke-restmethod", "curl", "wget", "start-bitstransfer":
			fetches = true
			a.peerArg(c, arg)
		case "out-file", "set-content", "add-content", "new-item", "ni", "sc", "ac", "tee-object":
			if arg.t != "" {
				a.writeArg(c, arg)
			}
		case "get-content", "gc", "cat", "type", "import-csv", "select-string", "copy-item", "cp", "copy":
			if arg.t != "" {
				a.readArg(c, arg)
				reads = c.src
			}
		case "remove-item", "ri", "rm", "del", "rmdir", "erase":
			if arg.t != "" {
				p, cert := a.resolve(cmd.st, arg, false)
				a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: strings.Contains(lower(part), "-r"), Span: cmd.span})
			}
		}
		if strings.Contains(lower(part), "downloadstring") || strings.Contains(lower(part), "downloadfile") {
			fetches = true
		}
	}
	c.sent = reads
	if fetches && len(c.peers) == 0 {
		c.peers = append(c.peers, peer{cert: Unknown})
	}
	if runs && fetches {
		a.flowInto(cmd.name, unknownPeer(c), cmd.span)
	}
	a.finishCall(c)
}
