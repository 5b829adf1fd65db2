package audit

import (
	"testing"
	"time"
)

// TestSyncAfter: a record after a pause is on the disk soon, those of a build together.
func TestSyncAfter(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{SyncDelay: time.Hour})
	if got := l.syncAfter(); got != time.Hour {
		t.Errorf("the first one may lie for %v", got)
	}
	if err := l.Append(&Record{Event: EventDecision, Action: "allow"}); err != nil {
		t.Fatal(err)
	}
	l.syncLater()
	if got := l.syncAfter(); got != 5*time.Hour {
		t.Errorf("one right after a sync may lie for %v", got)
	}
	l.mu.Lock()
	l.synced = time.Now().Add(-10 * time.Hour)
	l.mu.Unlock()
	if got := l.syncAfter(); got != time.Hour {
		t.Errorf("one after a pause may lie for %v", got)
	}
}
