package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rampart/audit"
	"rampart/policy"
)

type approverFunc func() bool

func (f approverFunc) Approve(context.Context, Question) bool { return f() }

// TestTell: the owner is told what policy says, once, before an answer is waited
// for, and never by a project's word.
func TestTell(t *testing.T) {
	var mu sync.Mutex
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var m struct{ Action, Outcome, Command string }
		if err := json.Unmarshal(b, &m); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprint(r.URL.Path, " ", m.Action, " ", m.Outcome, " ", m.Command))
	}))
	defer s.Close()
	text := `notify: {url: "` + s.URL + `/denied"}
policies:
  - name: p
    rules:
      - {action: deny, when: {program: bad}}
      - {action: ask, when: {program: doubtful}}
      - {action: watch, when: {program: odd}}
`
	also := "notify: {url: \"" + s.URL + "/all\", on: [deny, ask, watch]}\n"
	for _, tt := range []struct {
		name    string
		approve Approver
		mode    Mode
		want    []string
	}{
		{"asked", approverFunc(func() bool {
			for range 500 { // the message is on its way while the question is open
				mu.Lock()
				told := slices.Contains(got, "/all ask waiting doubtful")
				mu.Unlock()
				if told {
					return true
				}
				time.Sleep(20 * time.Millisecond)
			}
			return false
		}), Enforce, []string{"/all ask waiting doubtful", "/all deny refused bad", "/all watch run odd", "/denied deny refused bad"}},
		{"nobody there", nil, Enforce, []string{"/all ask refused doubtful", "/all deny refused bad", "/all watch run odd", "/denied deny refused bad"}},
		{"monitor", nil, Monitor, []string{"/all ask run doubtful", "/all deny run bad", "/all watch run odd", "/denied deny run bad"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got = nil
			set, err := policy.Compile([]policy.Source{
				{Name: "a.yaml", Data: []byte(text), Tier: policy.TierUser}, {Name: "b.yaml", Data: []byte(also), Tier: policy.TierUser},
			})
			if err != nil {
				t.Fatal(err)
			}
			e := New(Config{Policies: &Policies{Set: set}, NoProject: true, Mode: tt.mode, Approver: tt.approve, Home: "/home/dev", User: "dev", OS: "linux", Session: "s", Agent: "a"})
			for _, command := range []string{"fine", "doubtful", "bad", "odd"} {
				o := e.Decide(context.Background(), execCall(command))
				if command == "doubtful" && tt.approve != nil && !o.Run {
					t.Error("not told while the question was open")
				}
			}
			e.FinishMessages(time.Minute)
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("told %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestTellWaitsForNobody: decisions are made while no message can be delivered,
// and what was not is recorded.
func TestTellWaitsForNobody(t *testing.T) {
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer s.Close()
	defer close(stop)
	set, err := policy.Compile([]policy.Source{{Name: "a.yaml", Tier: policy.TierUser, Data: []byte(`notify: {url: "` + s.URL + `/x?token=sesame"}
policies: [{name: p, rules: [{action: deny, when: {program: bad}}]}]
`)}})
	if err != nil {
		t.Fatal(err)
	}
	r := &memory{}
	e := New(Config{Policies: &Policies{Set: set}, NoProject: true, Audit: r, Home: "/home/dev", User: "dev", OS: "linux", Session: "s", Agent: "a"})
	for range 200 { // each returns though the service never answers
		if o := e.Decide(context.Background(), execCall("bad")); o.Run {
			t.Fatal("it runs")
		}
	}
	e.FinishMessages(50 * time.Millisecond)
	lost := 0
	for _, one := range r.records {
		if one.Event == audit.EventNotifyDropped {
			n := 0
			fmt.Sscan(one.Details["messages"], &n)
			lost += n
			if !strings.Contains(s.URL, one.Details["service"]) || strings.Contains(fmt.Sprint(one), "sesame") || one.Session != "s" {
				t.Errorf("%+v", one)
			}
		}
	}
	if lost != 200 {
		t.Errorf("%d of 200 recorded as not delivered", lost)
	}
}
