package com.example.calc;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BrokenSetUpTest {
    @BeforeAll
    static void setUp() {
        Engine.ratio(1, 0);
    }

    @Test
    void neverRuns() {}

    @Test
    void neverRunsEither() {}
}
