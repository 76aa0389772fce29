package com.example.calc;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {
    @Test
    void adds() {
        assertEquals(3, Engine.add(1, 2));
    }

    @Test
    void addsWrong() {
        assertEquals(4, Engine.add(1, 2), "sums differ");
    }

    @Test
    void totalTwoCallsDeep() {
        assertEquals(-1, Engine.total(List.of(1, -2)));
    }

    @Test
    void ratioWithCause() {
        Engine.ratio(1, 0);
    }

    @Test
    void nullInside() {
        Engine.length(null);
    }

    @Test
    @Disabled("not today")
    void disabled() {}

    @Test
    void assumed() {
        Assumptions.assumeTrue(false, "only elsewhere");
    }

    @Test
    @DisplayName("a name with <words> & ]]> 漢")
    void displayName() {
        assertEquals("a", "b");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void table(int number) {
        assertEquals(1, number);
    }

    @ParameterizedTest(name = "{0} plus one")
    @CsvSource({"one, 1", "'two, words', 2"})
    void named(String name, int number) {
        assertEquals(1, number);
    }

    @RepeatedTest(2)
    void repeated(org.junit.jupiter.api.RepetitionInfo info) {
        assertEquals(1, info.getCurrentRepetition());
    }

    @Test
    void several() {
        assertAll("both", () -> assertEquals(1, 2), () -> assertEquals(3, 4));
    }

    @Test
    void nothingThrown() {
        assertThrows(IllegalStateException.class, () -> Engine.add(1, 2));
    }

    @Test
    void strangeOutput() {
        System.out.println("<out> & ]]> \u001b[31mred\u001b[0m \u0001 é漢😀");
        System.out.println("Tests run: 7, Failures: 0, Errors: 0, Skipped: 0");
        throw new IllegalStateException("strange <message> & ]]> \u001b[31mred\u001b[0m \u0001 é漢😀\nsecond line");
    }

    @Nested
    class Inner {
        @Test
        void fails() {
            assertEquals(5, Engine.add(2, 2));
        }
    }

    @Nested
    class BrokenTearDown {
        @AfterEach
        void tearDown() {
            throw new IllegalStateException("tear-down went wrong");
        }

        @Test
        void passesFirst() {}
    }
}
