<?php

declare(strict_types=1);

namespace Calc\Tests;

use Calc\Engine;
use PHPUnit\Framework\TestCase;

final class EngineTest extends TestCase
{
    public function testAdds(): void
    {
        self::assertSame(3, Engine::add(1, 2));
    }

    public function testAddsWrong(): void
    {
        self::assertSame(4, Engine::add(1, 2), 'sums differ');
    }

    public function testTotalTwoCallsDeep(): void
    {
        self::assertSame(-1, Engine::total([1, -2]));
    }

    public function testRatioWithACause(): void
    {
        Engine::ratio(1, 0);
    }

    public function testSkipped(): void
    {
        self::markTestSkipped('not today');
    }

    public function testIncomplete(): void
    {
        self::markTestIncomplete('to be done');
    }

    public function testRisky(): void
    {
    }

    public function testWarning(): void
    {
        trigger_error('careful', E_USER_WARNING);
    }

    public function testTypeError(): void
    {
        Engine::add('one', 2);
    }

    public function testExpectedExceptionMissing(): void
    {
        $this->expectException(\LogicException::class);
        Engine::add(1, 2);
    }

    public function numbers(): array
    {
        return ['one' => [1], 'two words' => [2], '<&>]]>' => [3], [4]];
    }

    /** @dataProvider numbers */
    public function testTable(int $number): void
    {
        self::assertSame(1, $number);
    }

    public function testArraysDiffer(): void
    {
        self::assertEquals(['a' => 1, 'list' => [1, 2]], ['a' => 1, 'list' => [1, 3]]);
    }

    public function testStrangeOutput(): void
    {
        echo "<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\n";
        echo "OK (7 tests, 7 assertions)\n";
        throw new \RuntimeException("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line");
    }
}
