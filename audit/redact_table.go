package audit

// The tables of what counts as a secret. Sources: the public documentation of
// the services that issue the tokens, and the rules of gitleaks (MIT) that know a
// token by how it begins. Its own form, some 200 regular expressions, would take
// longer than all else that a record takes.

// token is a shape that is a secret wherever it stands: a fixed beginning and
// at least min more characters of a class.
type token struct {
	prefix string
	class  *charClass
	min    int
	name   string
	how    tokenTrait
}

type tokenTrait uint8

const (
	needsDot    tokenTrait = 1 << iota // there must be a dot in it
	keepsPrefix                        // only what comes after the beginning is secret
)

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
	urlPath   = class(lower, upper, digits, "_-/@.")
	botToken  = class(lower, upper, digits, ":_-")
)

var tokens = []token{
	{"AKIA", upperNum, 12, "aws", 0},
	{"ASIA", upperNum, 12, "aws", 0},
	{"ABIA", upperNum, 12, "aws", 0},
	{"ACCA", upperNum, 12, "aws", 0},
	{"LTAI", alnum, 16, "alibaba", 0},
	{"AKCp", alnum, 40, "artifactory", 0},
	{"AIza", tokenSet, 30, "google", 0},
	{"ya29.", dotted, 20, "google", 0},
	{"GOCSPX-", tokenSet, 20, "google", 0},
	{"EAAA", tokenSet, 50, "square", 0},
	{"EAAC", alnum, 80, "facebook", 0},
	{"EAAM", alnum, 80, "facebook", 0},
	{"EZAK", alnum, 50, "easypost", 0},
	{"EZTK", alnum, 50, "easypost", 0},
	{"ATATT3", base64Set, 40, "atlassian", 0},
	{"ATCTT3", base64Set, 40, "atlassian", 0},
	{"ATBB", alnum, 24, "atlassian", 0},
	{"AGE-SECRET-KEY-1", upperNum, 50, "age", 0},
	{"CLOJARS_", alnum, 40, "clojars", 0},
	{"FlyV1 ", bearerSet, 20, "fly", 0},
	{"fm2_", base64Set, 20, "fly", 0},
	{"fo1_", tokenSet, 30, "fly", 0},
	{"FLWSECK", tokenSet, 12, "flutterwave", 0},
	{"HRKU-", tokenSet, 30, "heroku", 0},
	{"NRAK-", alnum, 20, "newrelic", 0},
	{"NRII-", tokenSet, 20, "newrelic", 0},
	{"NRJS-", alnum, 15, "newrelic", 0},
	{"PMAK-", tokenSet, 40, "postman", 0},
	{"SG.", dotted, 40, "sendgrid", 0},
	{"api_org_", alnum, 30, "huggingface", 0},
	{"apify_api_", alnum, 30, "apify", 0},
	{"dapi", hexNum, 32, "databricks", 0},
	{"dckr_pat_", tokenSet, 20, "docker", 0},
	{"dckr_oat_", tokenSet, 20, "docker", 0},
	{"doo_v1_", hexNum, 32, "digitalocean", 0},
	{"dop_v1_", hexNum, 32, "digitalocean", 0},
	{"dor_v1_", hexNum, 32, "digitalocean", 0},
	{"dp.pt.", alnum, 30, "doppler", 0},
	{"dp.st.", dotted, 30, "doppler", 0},
	{"dt0c01.", dotted, 60, "dynatrace", 0},
	{"dt0s01.", dotted, 60, "dynatrace", 0},
	{"duffel_live_", tokenSet, 30, "duffel", 0},
	{"duffel_test_", tokenSet, 30, "duffel", 0},
	{"e2b_", hexNum, 32, "e2b", 0},
	{"figd_", tokenSet, 30, "figma", 0},
	{"fio-u-", tokenSet, 40, "frameio", 0},
	{"ghp_", alnum, 20, "github", 0},
	{"gho_", alnum, 20, "github", 0},
	{"ghu_", alnum, 20, "github", 0},
	{"ghs_", dotted, 20, "github", 0},
	{"ghr_", alnum, 20, "github", 0},
	{"github_pat_", wordChars, 20, "github", 0},
	{"glpat-", dotted, 16, "gitlab", 0},
	{"gldt-", dotted, 16, "gitlab", 0},
	{"glrt-", dotted, 16, "gitlab", 0},
	{"glptt-", dotted, 16, "gitlab", 0},
	{"glcbt-", dotted, 16, "gitlab", 0},
	{"glagent-", dotted, 16, "gitlab", 0},
	{"glft-", dotted, 16, "gitlab", 0},
	{"glimt-", dotted, 16, "gitlab", 0},
	{"gloas-", dotted, 16, "gitlab", 0},
	{"glsoat-", dotted, 16, "gitlab", 0},
	{"glc_", base64Set, 30, "grafana", 0},
	{"glsa_", wordChars, 30, "grafana", 0},
	{"gsk_", alnum, 30, "groq", 0},
	{"hf_", alnum, 30, "huggingface", 0},
	{"hvs.", tokenSet, 20, "vault", 0},
	{"hvb.", tokenSet, 20, "vault", 0},
	{"hvr.", tokenSet, 20, "vault", 0},
	{"ico-", alnum, 32, "infracost", 0},
	{"key-", hexNum, 32, "mailgun", 0},
	{"lin_api_", alnum, 30, "linear", 0},
	{"lsv2_", wordChars, 32, "langsmith", 0},
	{"nfp_", alnum, 30, "netlify", 0},
	{"npm_", alnum, 30, "npm", 0},
	{"ntn_", alnum, 30, "notion", 0},
	{"nvapi-", tokenSet, 40, "nvidia", 0},
	{"ops_eyJ", base64Set, 60, "1password", 0},
	{"pcsk_", wordChars, 40, "pinecone", 0},
	{"phx_", alnum, 30, "posthog", 0},
	{"pnu_", alnum, 30, "prefect", 0},
	{"pplx-", alnum, 40, "perplexity", 0},
	{"pscale_oauth_", dotted, 30, "planetscale", 0},
	{"pscale_pw_", dotted, 30, "planetscale", 0},
	{"pscale_tkn_", dotted, 30, "planetscale", 0},
	{"pul-", hexNum, 40, "pulumi", 0},
	{"pypi-", tokenSet, 30, "pypi", 0},
	{"r8_", alnum, 30, "replicate", 0},
	{"rdme_", alnum, 60, "readme", 0},
	{"rk_live_", alnum, 10, "stripe", 0},
	{"rk_test_", alnum, 10, "stripe", 0},
	{"rnd_", alnum, 28, "render", 0},
	{"rubygems_", hexNum, 40, "rubygems", 0},
	{"sbp_", hexNum, 40, "supabase", 0},
	{"sgp_", wordChars, 40, "sourcegraph", 0},
	{"shpat_", hexNum, 24, "shopify", 0},
	{"shpca_", hexNum, 24, "shopify", 0},
	{"shppa_", hexNum, 24, "shopify", 0},
	{"shpss_", hexNum, 24, "shopify", 0},
	{"shippo_live_", hexNum, 30, "shippo", 0},
	{"shippo_test_", hexNum, 30, "shippo", 0},
	{"sk-", alnum, 20, "openai", 0},
	{"sk-admin-", tokenSet, 16, "openai", 0},
	{"sk-ant-", tokenSet, 16, "anthropic", 0},
	{"sk-lf-", tokenSet, 30, "langfuse", 0},
	{"sk-or-", tokenSet, 16, "openrouter", 0},
	{"sk-proj-", tokenSet, 16, "openai", 0},
	{"sk-svcacct-", tokenSet, 16, "openai", 0},
	{"sk_live_", alnum, 10, "stripe", 0},
	{"sk_test_", alnum, 10, "stripe", 0},
	{"sntrys_", base64Set, 40, "sentry", 0},
	{"sntryu_", hexNum, 40, "sentry", 0},
	{"sq0atp-", tokenSet, 20, "square", 0},
	{"sq0csp-", tokenSet, 40, "square", 0},
	{"sqp_", hexNum, 40, "sonar", 0},
	{"sqa_", hexNum, 40, "sonar", 0},
	{"squ_", hexNum, 40, "sonar", 0},
	{"tfp_", tokenSet, 40, "typeform", 0},
	{"tskey-", tokenSet, 16, "tailscale", 0},
	{"whsec_", base64Set, 20, "stripe", 0},
	{"xai-", alnum, 40, "xai", 0},
	{"xapp-", tokenSet, 10, "slack", 0},
	{"xkeysib-", tokenSet, 60, "brevo", 0},
	{"xoxa-", tokenSet, 10, "slack", 0},
	{"xoxb-", tokenSet, 10, "slack", 0},
	{"xoxe-", tokenSet, 10, "slack", 0},
	{"xoxe.xox", dotted, 30, "slack", 0},
	{"xoxo-", tokenSet, 10, "slack", 0},
	{"xoxp-", tokenSet, 10, "slack", 0},
	{"xoxr-", tokenSet, 10, "slack", 0},
	{"xoxs-", tokenSet, 10, "slack", 0},
	{"SK", hexNum, 32, "twilio", 0},
	{"eyJ", dotted, 30, "jwt", needsDot},

	// What makes these addresses a secret comes after them.
	{"hooks.slack.com/services/", urlPath, 20, "slack", keepsPrefix},
	{"hooks.slack.com/workflows/", urlPath, 20, "slack", keepsPrefix},
	{"hooks.zapier.com/hooks/", urlPath, 12, "zapier", keepsPrefix},
	{"discord.com/api/webhooks/", urlPath, 40, "discord", keepsPrefix},
	{"discordapp.com/api/webhooks/", urlPath, 40, "discord", keepsPrefix},
	{"api.telegram.org/bot", botToken, 30, "telegram", keepsPrefix},
	{"webhook.office.com/webhookb2/", urlPath, 40, "teams", keepsPrefix},

	// What stands after the name of a setting, with a blank between them.
	{"aws_secret_access_key ", base64Set, 16, "", keepsPrefix},
	{"aws_session_token ", base64Set, 16, "", keepsPrefix},
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
		"key":       words("api", "access", "secret", "private", "auth", "account", "encryption", "signing", "master", "deploy", "storage", "license", "shared", "app"),
		"pwd":       words("mysql", "db", "database", "pg", "redis", "user", "admin", "root"),
		"auth":      words("basic", "proxy", "http", "npm"),
		"signature": words("amz", "goog"), // of an address that is signed for whoever has it
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
// True: the first word names a scheme.
var headers = map[string]bool{"authorization": true, "proxy-authorization": true, "cookie": false, "set-cookie": false}

// secretOption is an option of one program whose argument is a secret.
type secretOption struct {
	program string
	command string // only together with this word near the program's name
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
	{program: "docker", command: "login", option: "-p"},
	{program: "podman", command: "login", option: "-p"},
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
	{program: "curl", option: "-u", glued: true, after: ':'},
	{program: "curl", option: "-b", after: '='},
	{program: "curl", option: "--cookie", after: '='},
	{program: "az", command: "login", option: "-p"},
	{program: "gh", command: "secret", option: "--body"},
	{program: "gh", command: "secret", option: "-b"},
	{program: "unrar", option: "-p", glued: true},
	{program: "rar", option: "-p", glued: true},
	{program: "http", option: "-a", after: ':'},
	{program: "smbclient", option: "-U", after: '%'},
}

// references begin values that say where a secret is, or what is to be put in
// its place: docker build --secret id=x, openssl -pass env:X, printf 'TOKEN=%s'.
var references = []string{"id=", "type=", "env:", "file:", "fd:", "%s", "%q", "%v"}
