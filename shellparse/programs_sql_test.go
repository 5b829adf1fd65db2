package shellparse

import (
	"slices"
	"testing"
)

func TestSplitSQL(t *testing.T) {
	for text, want := range map[string][]string{
		"":                            nil,
		";; ":                         nil,
		"SELECT 1":                    {"select 1"},
		"DROP\n\tTABLE  Users;":       {"drop table users"},
		"drop/**/table/* x; */ y":     {"drop table y"},
		"/*!50001 DROP TABLE x */;":   {"drop table x"},
		"-- drop table x\nselect 2":   {"select 2"},
		"select ';--' ; truncate T":   {"select ';--'", "truncate t"},
		"delete from x where 1=1;":    {"delete from x"},
		"delete from x where id = 1;": {"delete from x where id = 1"},
		"select 'open":                {"select 'open"},
		"'":                           {"'"},
		"/* open":                     nil,
	} {
		if got := splitSQL(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestStatements: whichever way a client gets its statements, they are seen.
func TestStatements(t *testing.T) {
	for _, text := range []string{
		`psql -c 'DROP TABLE x'`, `psql db --command='drop table x'`, `psql <<< 'drop table x;'`, "mysql prod <<E\nselect 1;\ndrop  table x;\nE",
		`echo 'drop table x' | mariadb`, `mysql -e "drop/**/table x"`, `sqlite3 a.db 'drop table x'`, `sqlite3 a.db < <(echo drop table x)`,
		`echo 'drop table x' > f.sql; psql -f f.sql`, `t=x; psql -c "drop table $t"`, `sudo -u postgres psql -c 'drop table x'`,
		`mongosh --eval 'drop table x'`, `redis-cli -n 1 DROP table x`,
	} {
		r := Analyze(&Input{Text: text, Cwd: "/w", Home: "/h"})
		if !slices.ContainsFunc(r.Effects, func(e Effect) bool {
			return e.Kind == Exec && e.Program == "sql" && e.Argv[1].Text == "drop table x"
		}) {
			t.Errorf("%s: no statement: %+v", text, r.Effects)
		}
	}
}
