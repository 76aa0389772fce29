package calc

import (
	"fmt"
	"os"
	"testing"
)

func requireEqual(t *testing.T, want, got int) {
	t.Helper()
	if want != got {
		t.Fatalf("want %d, got %d", want, got)
	}
}

func TestAdd(t *testing.T) {
	requireEqual(t, 3, Add(1, 2))
}

func TestAddWrong(t *testing.T) {
	requireEqual(t, 4, Add(1, 2))
}

func TestTwoErrors(t *testing.T) {
	t.Errorf("first: %q", "a")
	t.Errorf("second:\nmany\n    lines")
}

func TestRatioWrapped(t *testing.T) {
	if _, err := Ratio(1, 0); err != nil {
		t.Fatal(err)
	}
}

func TestSkipped(t *testing.T) {
	t.Skip("not today")
}

func TestTable(t *testing.T) {
	for _, row := range []struct {
		name        string
		left, right int
	}{{"one", 1, 1}, {"two words", 2, 3}, {"a/b c#<&>]]>", 3, 4}, {"", 1, 2}} {
		row := row
		t.Run(row.name, func(t *testing.T) {
			requireEqual(t, row.left, row.right)
		})
	}
}

func TestNested(t *testing.T) {
	t.Run("outer", func(t *testing.T) {
		t.Run("inner", func(t *testing.T) {
			t.Error("deep down")
		})
		t.Run("fine", func(t *testing.T) {})
	})
}

func TestParallel(t *testing.T) {
	for i := 0; i < 3; i++ {
		i := i
		t.Run(fmt.Sprintf("case_%d", i), func(t *testing.T) {
			t.Parallel()
			t.Logf("running %d", i)
			if i == 1 {
				t.Fail()
			}
		})
	}
}

func TestStrangeOutput(t *testing.T) {
	fmt.Println("<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀")
	fmt.Println("--- FAIL: TestFake (0.00s)")
	fmt.Println("PASS")
	fmt.Fprintln(os.Stderr, "ok  	example.com/fake	0.001s")
	fmt.Print("no newline at the end")
	t.Error("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀")
}

func ExampleAdd() {
	fmt.Println(Add(1, 2))
	// Output: 4
}

func BenchmarkAdd(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Add(1, 2)
	}
}
