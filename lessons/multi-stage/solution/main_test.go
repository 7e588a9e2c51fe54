package main

import "testing"

func TestTheCrewTakesTurns(t *testing.T) {
	crew := []string{"ann", "bob", "cem"}
	for n, want := range []string{"ann", "bob", "cem", "ann"} {
		if got := onDeck(crew, n); got != want {
			t.Errorf("watch %d: %s stands it, not %s", n, got, want)
		}
	}
}
