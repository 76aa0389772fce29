package nobuild

import "testing"

func TestNoBuild(t *testing.T) {
	missing(1)
	var unused int
}
