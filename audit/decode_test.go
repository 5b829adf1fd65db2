package audit

import (
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// anyJSON reads a record the way that any other program would.
func anyJSON(line []byte) (*Record, error) {
	var w struct {
		V          int   `json:"v"`
		DurationUS int64 `json:"duration_us"`
		Record
	}
	err := json.Unmarshal(line, &w)
	w.Duration = time.Duration(w.DurationUS) * time.Microsecond
	return &w.Record, err
}

// checkDecode holds the fast reader against encoding/json.
func checkDecode(t *testing.T, line []byte) bool {
	t.Helper()
	var got Record
	if !decodeCanonical(string(line), &got) {
		return false
	}
	want, err := anyJSON(line)
	if err != nil {
		t.Errorf("%q is read, and %v", line, err)
	} else if !reflect.DeepEqual(&got, want) {
		t.Errorf("%q\nis read as %+v\nand is     %+v", line, &got, want)
	}
	return true
}

func TestDecode(t *testing.T) {
	full := fullRecord()
	for _, s := range []string{"", "plain", "\x1b[2J", "a\nb\tc\r", `"\`, "\u202e\U000e0001\U0001f600é", "\xff\x80", "\ufffd", "\x00\x7f"} {
		full.Command, full.Argv, full.Details = s, []string{s, "", s}, map[string]string{s: s, "x": s}
		full.Effects[0].Argv = []string{s}
		if b := line(full); !checkDecode(t, b) {
			t.Errorf("not read: %s", b)
		}
	}
	for _, dir := range []string{trail(t, 20), first(sealedTrail(t, 5))} {
		for _, s := range lines(t, dir) {
			if !checkDecode(t, []byte(strings.TrimSuffix(s, "\n"))) {
				t.Errorf("not read: %s", s)
			}
		}
	}
	// What isn't canonical is left to the other reader.
	good := string(line(decision("allow", "x")))
	for old, new := range map[string]string{
		`"v":1`: `"v":2`, `"v":1,`: ``, `"v":`: `"v": `, `"seq":1`: `"seq":01`, `"seq":1,`: `"seq":-1,`, `"event"`: `"Event"`, `"command":"x"`: `"command":"\u0078`,
		`"action"`: `"command":"y","action"`, `"hash":"`: `"hash":"` + "\x1f", `,"prev"`: `,"files":[,],"prev"`, `"time":"0`: `"time":"x`,
	} {
		bad := strings.Replace(good, old, new, 1)
		var r Record
		if bad == good || decodeCanonical(bad, &r) {
			t.Errorf("%s: read", bad)
		}
	}
	lone := strings.Replace(good, `"command":"x"`, `"command":"\ud800\ud800\udc00\udc00x"`, 1)
	if !checkDecode(t, []byte(lone)) {
		t.Errorf("not read: %s", lone)
	}
}

// A record that is read into another one leaves nothing of it.
func TestDecodeAgain(t *testing.T) {
	var r Record
	if !decodeCanonical(string(line(fullRecord())), &r) || !decodeCanonical(string(line(decision("allow", "x"))), &r) {
		t.Fatal("not read")
	}
	want, err := anyJSON(line(decision("allow", "x")))
	if err != nil || !reflect.DeepEqual(&r, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
	one, two := fullRecord(), fullRecord()
	one.Effects = append(one.Effects, one.Effects...)
	two.Effects[0].Argv, two.Effects[1].Argv = nil, []string{"only"}
	if !decodeCanonical(string(line(one)), &r) || !decodeCanonical(string(line(two)), &r) {
		t.Fatal("not read")
	}
	if want, err = anyJSON(line(two)); err != nil || !reflect.DeepEqual(&r, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
}

// What a hostile line takes in memory is bounded by its length.
func TestDecodeBounded(t *testing.T) {
	head, tail := `{"v":1,"seq":1,"time":"2026-11-22T13:50:29Z","event":"decision","effects":[`, `]}`
	for _, text := range []string{
		head + strings.Repeat(`{},`, MaxLine/4) + `{}` + tail,
		head + strings.Repeat(`{"kind":"x"},`, MaxLine/16) + `{}` + tail,
		strings.Replace(head, `"effects":[`, `"argv":[`, 1) + strings.Repeat(`"",`, MaxLine/4) + `""` + tail,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ParseRecord([]byte(text))
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if allocated > 32*MaxLine {
			t.Errorf("%.100s takes %d bytes", text, allocated)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(line(fullRecord()))
	f.Add(line(decision("deny", "rm \"\\\x1b\u202e\U000e0001\xff")))
	f.Add([]byte(`{"v":1,"seq":1,"argv":[],"effects":[],"details":{},"seal":{}}`))
	f.Add([]byte(`{"v":1,"time":"2026-11-22T13:50:29.123456789+01:00","command":"\ud83d\ude00\ud800"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if !checkDecode(t, b) && isCanonical(b) {
			if r, err := anyJSON(b); err == nil && len(r.Effects) <= maxRecordEffects && strings.HasPrefix(string(b), `{"v":1,`) {
				t.Errorf("%q is canonical, and not read", b)
			}
		}
	})
}
