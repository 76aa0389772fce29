import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { add, parse, ratio, total } from '../src/engine.js';

test('adds', () => {
  expect(add(1, 2)).toBe(3);
});

describe('engine', () => {
  test('adds wrong', () => {
    expect(add(1, 2)).toBe(4);
  });

  test('total two calls deep', () => {
    expect(total([1, -2])).toBe(-1);
  });

  test('ratio with a cause', () => {
    ratio(1, 0);
  });

  test('parse inside the library', () => {
    parse('{not json');
  });

  test('rejects', async () => {
    await Promise.reject(new Error('rejected later'));
  });

  test('throws a string', () => {
    throw 'just a string';
  });

  test.skip('skipped', () => {});

  test.todo('to be done');

  test.each([
    ['one', 1],
    ['two > words', 2],
    ['<&>]]>', 3],
  ])('table %s is one', (name, number) => {
    expect(number).toBe(1);
  });

  describe('nested › group', () => {
    test('objects differ', () => {
      expect({ a: 1, list: [1, 2, { deep: true }] }).toEqual({ a: 1, list: [1, 2, { deep: false }] });
    });
  });

  test('strange output', () => {
    console.log('<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀');
    console.error('  ● engine › fake test\n\nTests:       7 passed, 7 total');
    throw new Error('strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line');
  });
});

describe('broken set-up', () => {
  beforeAll(() => {
    ratio(1, 0);
  });

  test('never runs', () => {});
  test('never runs either', () => {});
});

describe('broken tear-down', () => {
  afterEach(() => {
    throw new Error('afterEach went wrong');
  });

  test('passes first', () => {});
});

test('takes too long', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1000));
}, 50);

test('soft assertions', () => {
  expect.soft(add(1, 1)).toBe(3);
  expect.soft(add(2, 2)).toBe(5);
});

test.fails('expected to fail', () => {
  expect(1).toBe(2);
});
