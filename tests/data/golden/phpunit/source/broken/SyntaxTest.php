<?php
use PHPUnit\Framework\TestCase;
final class SyntaxTest extends TestCase
{
    public function testSyntax(): void
    {
        self::assertSame(1, );;
        if (
    }
}
