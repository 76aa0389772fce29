// Package calc does arithmetic.
package calc

import (
	"errors"
	"fmt"
)

// ErrZero is the cause of a failed division.
var ErrZero = errors.New("division by zero")

// Add adds.
func Add(left, right int) int { return left + right }

// Ratio divides.
func Ratio(left, right int) (int, error) {
	if right == 0 {
		return 0, fmt.Errorf("ratio of %d and %d: %w", left, right, ErrZero)
	}
	return left / right, nil
}

// Pick returns an element.
func Pick(values []int, index int) int {
	return choose(values, index)
}

func choose(values []int, index int) int {
	return values[index]
}
