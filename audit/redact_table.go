package audit

// The tables of what counts as a secret. Sources: the public documentation of
// the services that issue the tokens.

// token is a shape that is a secret wherever it stands: a fixed beginning and
// at least min more characters of a class.
type token struct {
	prefix string
	class  *charClass
	min    int
	name   string
}

type charClass [256]bool

func class(sets ...string) *charClass {
	var c charClass
	for _, s := range sets {
		for i := range len(s) {
			c[s[i]] = true
		}
	}
	return &c
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

var (
	upperNum  = class(upper, digits)
	alnum     = class(lower, upper, digits)
	hexNum    = class("abcdefABCDEF", digits)
	wordChars = class(lower, upper, digits, "_")
	tokenSet  = class(lower, upper, digits, "_-")
	dotted    = class(lower, upper, digits, "_-.")
	base64Set = class(lower, upper, digits, "+/=_-")
	bearerSet = class(lower, upper, digits, "+/=_-.~")
)

var tokens = []token{
	{"AKIA", upperNum, 12, "aws"},
	{"ASIA", upperNum, 12, "aws"},
	{"ghp_", alnum, 20, "github"},
	{"gho_", alnum, 20, "github"},
	{"ghu_", alnum, 20, "github"},
	{"ghs_", dotted, 20, "github"},
	{"ghr_", alnum, 20, "github"},
	{"github_pat_", wordChars, 20, "github"},
	{"glpat-", dotted, 16, "gitlab"},
	{"gldt-", dotted, 16, "gitlab"},
	{"glrt-", dotted, 16, "gitlab"},
	{"glptt-", dotted, 16, "gitlab"},
	{"glcbt-", dotted, 16, "gitlab"},
	{"xoxb-", tokenSet, 10, "slack"},
	{"xoxp-", tokenSet, 10, "slack"},
	{"xoxa-", tokenSet, 10, "slack"},
	{"xoxr-", tokenSet, 10, "slack"},
	{"xoxs-", tokenSet, 10, "slack"},
	{"xoxe-", tokenSet, 10, "slack"},
	{"xapp-", tokenSet, 10, "slack"},
	{"npm_", alnum, 30, "npm"},
	{"pypi-", tokenSet, 30, "pypi"},
	{"sk-ant-", tokenSet, 16, "anthropic"},
	{"sk-proj-", tokenSet, 16, "openai"},
	{"sk-svcacct-", tokenSet, 16, "openai"},
	{"sk-or-", tokenSet, 16, "openrouter"},
	{"sk-", alnum, 20, "openai"},
	{"sk_live_", alnum, 10, "stripe"},
	{"sk_test_", alnum, 10, "stripe"},
	{"rk_live_", alnum, 10, "stripe"},
	{"rk_test_", alnum, 10, "stripe"},
	{"whsec_", base64Set, 20, "stripe"},
	{"AIza", tokenSet, 30, "google"},
	{"ya29.", dotted, 20, "google"},
	{"GOCSPX-", tokenSet, 20, "google"},
	{"hf_", alnum, 30, "huggingface"},
	{"gsk_", alnum, 30, "groq"},
	{"xai-", alnum, 40, "xai"},
	{"dop_v1_", hexNum, 32, "digitalocean"},
	{"dckr_pat_", tokenSet, 20, "docker"},
	{"shpat_", hexNum, 24, "shopify"},
	{"shpss_", hexNum, 24, "shopify"},
	{"SG.", dotted, 40, "sendgrid"},
	{"hvs.", tokenSet, 20, "vault"},
	{"hvb.", tokenSet, 20, "vault"},
	{"lin_api_", alnum, 30, "linear"},
	{"ntn_", alnum, 30, "notion"},
	{"tskey-", tokenSet, 16, "tailscale"},
	{"eyJ", dotted, 30, "jwt"},
}

// A key is a name of words, as DB_PASSWORD, apiKey or client-secret are. What
// it holds is a secret by its last word: if that ends in one of secretEnds, is
// one of secretWords, or is in secretPairs with the word before it.
var (
	secretEnds = []string{
		"password", "passwd", "passphrase", "passwort", "token", "secret", "apikey", "secretkey", "accesskey", "privatekey", "credentials",
	}
	secretWords = map[string]bool{"pass": true, "sshpass": true, "credential": true, "pat": true, "jwt": true, "dsn": true}
	secretPairs = map[string]map[string]bool{
		"key":  words("api", "access", "secret", "private", "auth", "account", "encryption", "signing", "master", "deploy", "storage", "license", "shared", "app"),
		"pwd":  words("mysql", "db", "database", "pg", "redis", "user", "admin", "root"),
		"auth": words("basic", "proxy", "http", "npm"),
	}
)

func words(list ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range list {
		m[w] = true
	}
	return m
}

// headers are secret to the end of the line or of the quotes, blanks and all.
var headers = words("authorization", "proxy-authorization", "cookie", "set-cookie")

// secretOption is an option of one program whose argument is a secret.
type secretOption struct {
	program string
	option  string
	glued   bool // the secret follows without a blank, and only so
	after   byte // only what comes after this character is secret: user:SECRET
}

var secretOptions = []secretOption{
	{program: "mysql", option: "-p", glued: true},
	{program: "mysqldump", option: "-p", glued: true},
	{program: "mysqladmin", option: "-p", glued: true},
	{program: "mariadb", option: "-p", glued: true},
	{program: "mariadb-dump", option: "-p", glued: true},
	{program: "sshpass", option: "-p"},
	{program: "mongo", option: "-p"},
	{program: "mongosh", option: "-p"},
	{program: "mongodump", option: "-p"},
	{program: "docker", option: "-p"},
	{program: "podman", option: "-p"},
	{program: "redis-cli", option: "-a"},
	{program: "ldapsearch", option: "-w"},
	{program: "ldapmodify", option: "-w"},
	{program: "sqlcmd", option: "-P"},
	{program: "bcp", option: "-P"},
	{program: "zip", option: "-P"},
	{program: "unzip", option: "-P"},
	{program: "7z", option: "-p", glued: true},
	{program: "curl", option: "-u", after: ':'},
	{program: "curl", option: "--user", after: ':'},
	{program: "curl", option: "-U", after: ':'},
	{program: "curl", option: "--proxy-user", after: ':'},
	{program: "http", option: "-a", after: ':'},
	{program: "smbclient", option: "-U", after: '%'},
}
