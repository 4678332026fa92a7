package main

import (
	"fmt"
	"testing"
	"time"

	"daymark/internal/testkit"
)

func TestAnAddressIsCountedByItself(t *testing.T) {
	testkit.Beside(t)
	l, now := newFailLimit(), time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	for i := range failsAtOnce {
		wait, first := l.fail("a", now)
		if wait != 0 || first != (i == failsAtOnce-1) {
			t.Fatalf("wrong token %d: wait %v, first %t", i, wait, first)
		}
	}
	if wait, first := l.fail("a", now); wait != failsEvery || first {
		t.Errorf("one more: wait %v, first %t", wait, first)
	}
	if wait, _ := l.fail("b", now); wait != 0 {
		t.Errorf("another address waits %v", wait)
	}
	if wait, _ := l.fail("a", now.Add(-24*time.Hour)); wait > failsAtOnce*failsEvery {
		t.Errorf("with a clock that was set back: wait %v", wait)
	}
	if wait, _ := l.fail("a", now.Add(time.Hour)); wait != 0 {
		t.Errorf("an hour later: wait %v", wait)
	}
}

// Who has to wait is looked up one at a time; a token that was good before
// does not wait.
func TestOneLookUpAtATime(t *testing.T) {
	testkit.Beside(t)
	l, now := newFailLimit(), time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	l.knows("good")
	for range failsAtOnce {
		l.fail("a", now)
	}
	leave, wait := l.enter("a", "one", now)
	if wait != 0 {
		t.Fatalf("the first waits %v", wait)
	}
	if _, wait := l.enter("a", "two", now); wait != failsEvery {
		t.Errorf("the second waits %v", wait)
	}
	for _, who := range [][2]string{{"a", "good"}, {"b", "three"}} {
		if leave, wait := l.enter(who[0], who[1], now); wait != 0 {
			t.Errorf("%v waits %v", who, wait)
		} else {
			leave()
		}
	}
	leave()
	if leave, wait = l.enter("a", "two", now); wait != 0 {
		t.Errorf("afterwards the second waits %v", wait)
	}
	leave()
}

func TestAFloodOfAddressesTakesNoMemory(t *testing.T) {
	testkit.Beside(t)
	l, now := newFailLimit(), time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	for i := range failsFrom + 500 {
		l.fail(fmt.Sprint(i), now)
	}
	if l.free.Len() > failsFrom+1 {
		t.Errorf("%d addresses are remembered", l.free.Len())
	}
	if wait, _ := l.fail("one more", now); wait == 0 {
		t.Error("beyond the limit nobody is counted")
	}
	l.fail("0", now.Add(time.Hour))
	l.fail("new", now.Add(time.Hour))
	if l.free.Len() > 3 {
		t.Errorf("%d addresses are remembered after an hour", l.free.Len())
	}
}
