package green

import "testing"

func TestGreen(t *testing.T) {}

func TestLater(t *testing.T) { t.Skip("later") }
