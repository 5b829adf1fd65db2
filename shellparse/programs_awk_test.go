package shellparse

import (
	"strings"
	"testing"
)

// awkTable has commands with awk and find, and their effects without that of
// the program's own start. What the awks make of each was looked at in mawk,
// gawk and busybox: a name to print to may be put together of several operands,
// one to read from is so in busybox alone, and > within brackets compares.
var awkTable = []effectRow{
	{`awk 'BEGIN{f=ENVIRON["HOME"] "/.rampart/policies/mine.yaml"; print "x" > f}'`, "w /home/dev/.rampart/policies/mine.yaml"},
	{`awk 'BEGIN{f="literal"; print > f}'`, "w /home/dev/app/literal"},
	{`awk 'BEGIN{print > ("a" name)}'`, "~w /home/dev/app/a*"},
	{`awk 'BEGIN{print "x" > "o" "2"}'`, "w /home/dev/app/o2"},
	{`awk 'BEGIN{print "x" >> "o" 2}'`, "w /home/dev/app/o2"},
	{`awk 'BEGIN{print "x" > "o5" 1+1}'`, "~w /home/dev/app/o5*"},
	{`awk 'BEGIN{print "a" > "o" substr("xyz",2,1)}'`, "~w /home/dev/app/o*"},
	{`awk 'BEGIN{print "x" > "o6" ? "y" : "z"}'`, "?w "},
	{`awk 'BEGIN{print "a" > "c" > "d"}'`, "?w "},
	{`awk 'BEGIN{print("a","b") > "o7"}'`, "w /home/dev/app/o7"},
	{`awk 'BEGIN{print ("a")("b") > "o8"}'`, "w /home/dev/app/o8"},
	{`awk 'BEGIN{print ((("a"))) > (("o") "9")}'`, "w /home/dev/app/o9"},
	{`awk 'BEGIN{f="g"; f=f "h"; print 1 > f}'`, "?w "},
	{`awk 'BEGIN{f="g"; sub(/g/,"h",f); print 1 > f}'`, "?w "},
	{`awk 'BEGIN{f="g"; "x" | getline f; print 1 > f}'`, "x x; ?w "},
	{`awk 'function w(f) {print 1 > f} BEGIN{f="g"; w("h")}'`, "?w "},
	{`awk 'BEGIN{f[1]="g"; print 1 > f[1] ".z"}'`, "?w "},
	{`awk '{f="a"} {print > f} {f="b"}' x`, "?w ; r /home/dev/app/x"},
	{`awk -v f=out '{print > f}' x`, "w /home/dev/app/out; r /home/dev/app/x"},
	{`awk '{print > f}' f=out x`, "w /home/dev/app/out; r /home/dev/app/x"},
	{`awk -v 'f=\057etc/x' '{print > f}' x`, "?w ; r /home/dev/app/x"},
	{"awk '{print > \"a\"\n print > \"b\"}' x", "w /home/dev/app/a; w /home/dev/app/b; r /home/dev/app/x"},
	{`awk '{print > $1".txt"}' f`, "?w ; r /home/dev/app/f"},
	{`awk '{print > "d/" $1}' f`, "~w /home/dev/app/d/*; r /home/dev/app/f"},
	{`awk 'BEGIN{f="in"; getline < f}'`, "r /home/dev/app/in"},
	{`awk 'BEGIN{while((getline l < ENVIRON["HOME"] "/.ssh/id_rsa") > 0) print l}'`, "r /home/dev; r /home/dev/.ssh/id_rsa"},
	{`awk 'BEGIN{while((getline l < "i" "n")>0) print l}'`, "r /home/dev/app/i; r /home/dev/app/in"},
	{`awk 'BEGIN{while((getline a[1] < "in")>0) print l}'`, "r /home/dev/app/in"},
	{`awk 'BEGIN{c="tee "; printf "x" | c "o"}'`, "x tee o; w /home/dev/app/o"},
	{`awk 'BEGIN{c="rm x"; c | getline}'`, "x rm x; d /home/dev/app/x"},
	{`awk 'BEGIN{"echo " "rm" | getline}'`, "b echo rm; x rm"},
	{`awk 'BEGIN{("echo " "rm") | getline v}'`, "b echo rm"},
	{`awk 'BEGIN{c="rm "; system((c "x"))}'`, "x rm x; d /home/dev/app/x"},
	{`awk '{system("rm " $1)}' a`, "?x rm *; x rm ?; ?d ; r /home/dev/app/a"},
	{`awk 'BEGIN{c="rm x"; print "y" |& c}'`, "x rm x; d /home/dev/app/x"},
	// what compares
	{`awk '$1 > max {max=$1} END{print max}' f`, "r /home/dev/app/f"},
	{`awk -v m=5 '$1 > m' f`, "r /home/dev/app/f"},
	{`awk '$1 > "a" {print}' f`, "r /home/dev/app/f"},
	{`awk '{if ($1 > "a") print; else print "b"}' f`, "r /home/dev/app/f"},
	{`awk '{print ($1 > "a")}' f`, "r /home/dev/app/f"},
	{`awk '{x = $1 > "a" ? "b" : "c"; print x}' f`, "r /home/dev/app/f"},
	// find
	{`find . -name '*.pyc' -delete`, "~d /home/dev/app/*.pyc; ~d /home/dev/app/*/*.pyc; ~d /home/dev/app/.pyc; ~d /home/dev/app/*/.pyc"},
}

func TestAwkEffects(t *testing.T) {
	for _, row := range awkTable {
		var got []string
		for _, e := range effectsOf(row.text)[1:] {
			if len(got) == 0 || !strings.Contains("; "+strings.Join(got, "; ")+"; ", "; "+e+"; ") {
				got = append(got, e)
			}
		}
		if g := strings.Join(got, "; "); g != row.want {
			t.Errorf("%s\n got %s\nwant %s", row.text, g, row.want)
		}
	}
}

// TestAwkNesting gives awk programs that nest without end.
func TestAwkNesting(t *testing.T) {
	for _, s := range []string{"(", "$", "system(", "print >(", "print ", "x = ", "sub(x,", `"a" | getline `, "[", "x[", "function f("} {
		in := benchInput("awk '" + strings.Repeat(s, 100_000/len(s)) + "'")
		c := boundMeasure(s, in)
		c.check(t, boundBytes)
	}
}
