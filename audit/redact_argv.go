package audit

import (
	"slices"
	"strings"
)

// redactArgv is Redact for the words of a command. It returns argv itself if
// there is nothing to take out.
func redactArgv(argv []string) []string {
	out := argv
	var options []secretOption
	for i, s := range argv {
		t := ""
		if i > 0 {
			t = redactArgument(options, argv[max(0, i-8):i], s)
		}
		if t == "" {
			t = redactGlued(options, s)
		}
		if t == "" {
			t = Redact(s)
		}
		if o, ok := optionsOf[s[strings.LastIndexByte(s, '/')+1:]]; ok {
			options = o
		}
		if t != s {
			if &out[0] == &argv[0] {
				out = append([]string(nil), argv...)
			}
			out[i] = t
		}
	}
	return out
}

// redactArgument returns s redacted if the option before it makes it a secret.
func redactArgument(options []secretOption, before []string, s string) string {
	option := before[len(before)-1]
	for _, o := range options {
		if o.glued || o.option != option || o.command != "" && !slices.Contains(before, o.command) {
			continue
		}
		name, secret, found := "", s, true
		if o.after != 0 {
			name, secret, found = strings.Cut(s, string(o.after))
			name += string(o.after)
		}
		if found && isSecret(secret) {
			return name + "[redacted]"
		}
		return s
	}
	if strings.ContainsRune(option, '_') && isSecretKey(option) && len(s) >= shortestBase64 && isSecret(s) && !strings.ContainsAny(s, " =") {
		return "[redacted]" // aws configure set aws_secret_access_key X
	}
	if isSecretOption(option) && !strings.HasPrefix(s, "-") && isSecret(s) {
		return "[redacted]"
	}
	return ""
}

func redactGlued(options []secretOption, s string) string {
	for _, o := range options {
		rest, ok := strings.CutPrefix(s, o.option)
		switch {
		case !ok:
			continue
		case o.glued:
		case strings.HasPrefix(o.option, "--") && strings.HasPrefix(rest, "="):
			rest = rest[1:]
		default:
			continue
		}
		if n := strings.IndexByte(rest, o.after); o.after != 0 {
			if n < 0 {
				continue
			}
			rest = rest[n+1:]
		}
		if isSecret(rest) {
			return strings.TrimSuffix(s, rest) + "[redacted]"
		}
	}
	return ""
}
