const { test, expect } = require('@playwright/test');
const { add, total, ratio } = require('../src/engine');

test('adds', () => {
  expect(add(1, 2)).toBe(3);
});

test.describe('engine', () => {
  test('adds wrong', () => {
    expect(add(1, 2), 'sums differ').toBe(4);
  });

  test('total two calls deep', async () => {
    await test.step('a step', async () => {
      total([1, -2]);
    });
  });

  test('ratio with a cause', () => {
    ratio(1, 0);
  });

  test('flaky', ({}, testInfo) => {
    expect(testInfo.retry).toBe(1);
  });

  test('soft', () => {
    expect.soft(1).toBe(2);
    expect.soft(3).toBe(4);
  });

  test.skip('skipped', () => {});

  test.fixme('to be done', () => {});

  test('expected to fail', () => {
    test.fail();
    expect(1).toBe(2);
  });

  test('expected to fail but passes', () => {
    test.fail();
  });

  test('strange output', () => {
    console.log('<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀');
    console.log('  7 passed (1.0s)');
    throw new Error('strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line');
  });

  test('takes too long', async () => {
    test.setTimeout(100);
    await new Promise((resolve) => setTimeout(resolve, 5000));
  });
});

test.describe('broken set-up', () => {
  test.beforeAll(() => {
    ratio(1, 0);
  });

  test('never runs', () => {});
  test('never runs either', () => {});
});

test.describe('broken tear-down', () => {
  test.afterEach(() => {
    throw new Error('afterEach went wrong');
  });

  test('passes first', () => {});
});
