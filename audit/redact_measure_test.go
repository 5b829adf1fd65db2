package audit

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// The labelled set: tokens made by the forms that their issuers publish, and
// passwords, each in every place where one stands in an agent's work; and text
// that looks like it and is none. What is missed is named, so that it is known.

// issued are forms of tokens: in <>, so many characters of an alphabet (a: letters
// and digits, x: hex, U: capitals and digits, u: an URL's base64).
var issued = map[string]string{
	"1Password": "ops_eyJ<a300>", "Age": "AGE-SECRET-KEY-1<U58>", "Airtable": "pat<a14>.<x64>", "Alibaba": "LTAI<a20>", "Anthropic": "sk-ant-api03-<u93>AA", "Artifactory": "AKCp<a69>",
	"Atlassian": "ATATT3<u186>", "AWS": "AKIA<U16>", "AWS session": "ASIA<U16>", "Bitbucket": "ATBB<a32>", "Brevo": "xkeysib-<x64>-<a16>", "Clojars": "CLOJARS_<x60>",
	"Databricks": "dapi<x32>", "DigitalOcean": "dop_v1_<x64>", "Docker": "dckr_pat_<u27>", "Doppler": "dp.pt.<a43>", "Dynatrace": "dt0c01.<U24>.<U64>", "EasyPost": "EZAK<a54>",
	"Figma": "figd_<u40>", "Fly": "fm2_<a120>", "GitHub": "ghp_<a36>", "GitHub app": "ghs_<a36>", "GitHub fine": "github_pat_<a22>_<a59>", "GitLab": "glpat-<u20>", "GitLab runner": "glrt-<u20>",
	"Google": "AIza<u35>", "Google OAuth": "ya29.<u60>", "Grafana": "glsa_<a32>_<x8>", "Groq": "gsk_<a52>", "Heroku": "HRKU-<x8>-<x4>-<x4>-<x4>-<x12>", "Hugging Face": "hf_<a34>", "Infracost": "ico-<a32>",
	"JWT": "eyJ<u30>.eyJ<u60>.<u43>", "LangSmith": "lsv2_pt_<x32>_<x10>", "Linear": "lin_api_<a40>", "Mailgun": "key-<x32>", "Netlify": "nfp_<a36>", "New Relic": "NRAK-<U27>", "Notion": "ntn_<a46>", "npm": "npm_<a36>",
	"NVIDIA": "nvapi-<u64>", "OpenAI": "sk-<a20>T3BlbkFJ<a20>", "OpenAI project": "sk-proj-<u100>", "Perplexity": "pplx-<a48>", "Pinecone": "pcsk_<a6>_<a63>", "PlanetScale": "pscale_tkn_<u43>", "Postman": "PMAK-<x24>-<x34>",
	"Pulumi": "pul-<x40>", "PyPI": "pypi-AgEIcHlwaS5vcmc<u80>", "Replicate": "r8_<a37>", "RubyGems": "rubygems_<x48>", "SendGrid": "SG.<u22>.<u43>", "Sentry": "sntryu_<x64>", "Shopify": "shpat_<x32>", "Slack": "xoxb-<x11>-<x12>-<a24>",
	"Slack app": "xapp-1-<U11>-<x13>-<x64>", "Sonar": "sqp_<x40>", "Sourcegraph": "sgp_<x16>_<x40>", "Square": "sq0atp-<u22>", "Stripe": "sk_live_<a24>", "Stripe hook": "whsec_<a32>", "Supabase": "sbp_<x40>", "Tailscale": "tskey-auth-<a12>-<a32>",
	"Twilio": "SK<x32>", "Vault": "hvs.<u90>", "xAI": "xai-<a80>", "Telegram": "<x9>:AA<u33>", "Private key": "-----BEGIN PRIVATE KEY-----\n<a64>\n-----END PRIVATE KEY-----",
}

// places are where a token stands; as it is, in a URL, in base64.
var places = map[string]func(string) string{
	"a word":     func(s string) string { return "echo " + s + " > f" },
	"quoted":     func(s string) string { return "git commit -m 'use " + s + "'" },
	"an address": func(s string) string { return "curl https://api.example/v1/" + s + "/x" },
	"a query":    func(s string) string { return "curl 'https://api.example/?q=" + s + "&n=1'" },
	"query, coded": func(s string) string {
		return "curl 'https://x.example/?next=" + url.QueryEscape("https://y/?t="+s) + "'"
	},
	"user":        func(s string) string { return "git clone https://" + s + "@git.example/r.git" },
	"a header":    func(s string) string { return `curl -H "X-Thing: ` + s + `" https://x.example` },
	"JSON":        func(s string) string { return `curl -d '{"v":"` + s + `"}' https://x.example` },
	"a variable":  func(s string) string { return "X=" + s + " ./run" },
	"a here-text": func(s string) string { return "cat > .env <<E\nX=" + s + "\nE" },
	"base64":      func(s string) string { return "echo " + base64.StdEncoding.EncodeToString([]byte(s)) + " | base64 -d" },
	"base64 lines": func(s string) string {
		return "base64 -d <<E\n" + wrapped("a config\nwith key = "+s+"\nand more", 76) + "\nE"
	},
	"base64 of URL": func(s string) string { return "x " + base64.RawURLEncoding.EncodeToString([]byte(`{"v":"`+s+`"}`)) },
	"twice base64": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"PowerShell": func(s string) string { return "powershell -enc " + utf16Base64("Set-X '"+s+"'") },
}

// passwords are calls with a password, hunter2 and a number, that nothing but
// its place gives away.
var passwords = []string{
	"PASSWORD=%s ./run", "export DB_PASSWORD='%s'", `API_KEY="%s" go run .`, "x --password %s", "x --password=%s", "x --client-secret %s", "PGPASSWORD=%s psql", "mysql -u root -p%s db",
	"sshpass -p %s ssh h", "curl -u me:%s https://x", "curl -ume:%s https://x", "curl --user=me:%s https://x", "curl -b 'sid=%s' https://x", "curl -H 'Cookie: sid=%s' https://x", "curl -H 'Authorization: Bearer %s' https://x",
	"curl -H 'X-Api-Key: %s' https://x", "curl 'https://x/?access_token=%s'", "curl 'https://x/?a=1&api%%5Fkey=%s'", "curl 'https://b.example/c?sv=1&sig=%s'", "git clone https://me:%s@git.example/r", "psql postgres://u:%s@h/db",
	"psql 'host=h password=%s'", `curl -d '{"user":"u","password":"%s"}' https://x`, `echo "{\"token\": \"%s\"}"`, "curl -d 'user=u&password=%s' https://x", "docker login -u u -p %s", "az login -u u -p %s", "redis-cli -a %s", "zip -P %s a b",
	"7z a -p%s x", "openssl enc -aes256 -pass pass:%s", "gpg --passphrase %s -d f", "kubectl create secret generic s --from-literal=password=%s", "gh secret set X --body %s", "npm config set //r/:_authToken=%s",
	"aws configure set aws_secret_access_key %s", "cat > f <<E\nsecret_key: %s\nE", `printf 'password = "%s"\n'`, "echo '<password>%s</password>'", "Server=x;Password=%s;Y=z", "ansible x -e ansible_password=%s", "smbclient -U me%%%s //h/s",
	"hooks https://hooks.slack.com/services/T0/B0/%s", "curl https://discord.com/api/webhooks/1/%s",
	"netrc: machine h login u password %s", "echo u:%s | chpasswd", "htpasswd -b f u %s", "rclone obscure %s", "echo %s | sudo -S ls", "T='ghp_''%s'",
}

// missed are the ones of them that only a reader of the program's manual knows,
// and a key whose blanks a query spells as plus signs.
var missed = []string{"machine h login", "chpasswd", "htpasswd", "rclone obscure", "sudo -S", "T='ghp_''", "Private key in query, coded"}

// overdone are the harmless lines that are redacted: it is not known to be none.
var overdone = []string{"${PASSWORD:-$DEFAULT}", "--from-file=password=", "id-token: write"}

func TestRedactMeasured(t *testing.T) {
	found, wrong := 0, 0
	var lost []string
	rnd := rand.New(rand.NewPCG(1, 2))
	for name, form := range issued {
		token := made(rnd, form)
		secret := longest(token)
		for place, put := range places {
			if name == "Telegram" && place != "a word" || name == "Private key" && strings.HasPrefix(place, "a") && place != "a word" || name == "Airtable" {
				continue
			}
			text := put(token)
			if name == "Telegram" {
				text = "curl https://api.telegram.org/bot" + token + "/getMe"
			}
			if out := Redact(text); readable(out, secret) {
				if lost = append(lost, name+" in "+place); !slices.Contains(missed, name+" in "+place) {
					t.Errorf("%s in %s: %q is left of %q", name, place, out, text)
				}
			} else {
				found++
			}
		}
	}
	for i, form := range passwords {
		secret := fmt.Sprintf("hunter2hunter2aAbBcC%d%s", i, strings.Repeat("x1", 12))
		text := fmt.Sprintf(form, secret)
		known := slices.ContainsFunc(missed, func(s string) bool { return strings.Contains(form, s) })
		left := strings.Contains(Redact(text), secret)
		if left {
			lost = append(lost, form)
		} else {
			found++
		}
		if left != known {
			t.Errorf("%q: left is %v", text, left)
		}
	}
	data, err := os.ReadFile("testdata/harmless.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, line := range lines {
		if got := Redact(line); got != line {
			if wrong++; !slices.ContainsFunc(overdone, func(s string) bool { return strings.Contains(line, s) }) {
				t.Errorf("wrongly redacted: %q\n                  %q", line, got)
			}
		}
	}
	t.Logf("%d secrets found, %d missed, %d of %d harmless lines wrongly redacted; missed: %q", found, len(lost), wrong, len(lines), lost)
}

// made is a token of a form.
func made(rnd *rand.Rand, form string) string {
	alphabets := map[byte]string{'a': lower + upper + digits, 'x': "0123456789abcdef", 'U': upper + "234567", 'u': lower + upper + digits + "_-"}
	var b strings.Builder
	for form != "" {
		before, rest, ok := strings.Cut(form, "<")
		b.WriteString(before)
		if !ok {
			break
		}
		class, after, _ := strings.Cut(rest, ">")
		n := 0
		fmt.Sscan(class[1:], &n)
		for range n {
			from := alphabets[class[0]]
			b.WriteByte(from[rnd.IntN(len(from))])
		}
		form = after
	}
	return b.String()
}

// longest is the longest part of a token without punctuation: what must be gone.
func longest(token string) (s string) {
	for part := range strings.FieldsFuncSeq(token, func(r rune) bool { return r > 127 || !alnum[r] }) {
		if len(part) > len(s) {
			s = part
		}
	}
	return s
}

// readable says whether a secret is in a text, also in base64: whoever reads it
// would look.
func readable(text, secret string) bool {
	if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
		return true
	}
	for deep := 0; deep < 2; deep++ {
		plain := ""
		for _, run := range strings.FieldsFunc(strings.ReplaceAll(text, "\n", ""), func(r rune) bool { return r > 127 || !base64Set[r] }) {
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				if b, err := enc.DecodeString(strings.TrimRight(run, "=")); err == nil {
					plain += " " + strings.ReplaceAll(string(b), "\x00", "")
				}
			}
		}
		if strings.Contains(plain, secret) {
			return true
		}
		text = plain
	}
	return false
}

func wrapped(s string, width int) (out string) {
	s = base64.StdEncoding.EncodeToString([]byte(s))
	for len(s) > width {
		out, s = out+s[:width]+"\n", s[width:]
	}
	return out + s
}

func utf16Base64(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}
