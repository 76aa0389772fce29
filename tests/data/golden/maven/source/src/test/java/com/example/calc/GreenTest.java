package com.example.calc;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

class GreenTest {
    @Test
    void green() {}

    @Test
    @Disabled("later")
    void later() {}
}
