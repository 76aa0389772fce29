import { expect, test } from 'vitest';

let tries = 0;

test('flaky', { retry: 2 }, () => {
  tries += 1;
  expect(tries).toBe(2);
});

test('always fails', { retry: 1 }, () => {
  expect(1).toBe(2);
});
