<?php

declare(strict_types=1);

namespace Calc\Tests;

use Calc\Engine;
use PHPUnit\Framework\TestCase;

final class BrokenProviderTest extends TestCase
{
    public function rows(): array
    {
        return [[Engine::ratio(1, 0)]];
    }

    /** @dataProvider rows */
    public function testRow(int $value): void
    {
        self::assertSame(1, $value);
    }
}
