package com.example.calc;

import java.util.List;

public final class Engine {
    public static final class CalcException extends RuntimeException {
        CalcException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private Engine() {}

    public static int add(int left, int right) {
        return left + right;
    }

    public static int total(List<Integer> values) {
        return values.stream().mapToInt(Engine::check).sum();
    }

    private static int check(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("negative value: " + value);
        }
        return value;
    }

    public static int ratio(int left, int right) {
        try {
            return divide(left, right);
        } catch (ArithmeticException cause) {
            throw new CalcException("cannot divide " + left + " by " + right, cause);
        }
    }

    private static int divide(int left, int right) {
        return left / right;
    }

    public static int length(String text) {
        return text.length();
    }
}
