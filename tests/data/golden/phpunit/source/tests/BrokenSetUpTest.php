<?php

declare(strict_types=1);

namespace Calc\Tests;

use Calc\Engine;
use PHPUnit\Framework\TestCase;

final class BrokenSetUpTest extends TestCase
{
    protected function setUp(): void
    {
        Engine::ratio(1, 0);
    }

    public function testNeverRuns(): void
    {
        self::assertTrue(true);
    }
}
