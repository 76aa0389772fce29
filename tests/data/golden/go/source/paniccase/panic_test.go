package paniccase

import (
	"testing"

	"example.com/calc/calc"
)

func TestFirst(t *testing.T) {}

func TestPanics(t *testing.T) {
	t.Run("inside", func(t *testing.T) {
		if calc.Pick([]int{1, 2}, 7) != 0 {
			t.Fatal("never reached")
		}
	})
}

func TestNeverReached(t *testing.T) {}
