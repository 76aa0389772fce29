<?php

declare(strict_types=1);

namespace Calc;

final class CalcError extends \RuntimeException
{
}

final class Engine
{
    public static function add(int $left, int $right): int
    {
        return $left + $right;
    }

    public static function total(array $values): int
    {
        return array_sum(array_map([self::class, 'check'], $values));
    }

    private static function check(int $value): int
    {
        if ($value < 0) {
            throw new \InvalidArgumentException("negative value: $value");
        }
        return $value;
    }

    public static function ratio(int $left, int $right): int
    {
        try {
            return intdiv($left, $right);
        } catch (\DivisionByZeroError $cause) {
            throw new CalcError("cannot divide $left by $right", 1, $cause);
        }
    }
}
