package platform

import "testing"

func TestParentIn(t *testing.T) {
	for stat, want := range map[string]int{
		"12 (sh) S 7 12 12 0":          7,
		"12 (a) b (c) R 9) S 31 12 12": 31,
		"":                             0,
		"12 (x)":                       0,
	} {
		if got := ParentIn([]byte(stat)); got != want {
			t.Errorf("%q: %d, want %d", stat, got, want)
		}
	}
}
