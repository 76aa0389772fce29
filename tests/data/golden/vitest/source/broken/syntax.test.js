import { test } from 'vitest';

test('syntax', () => {
  expect(1 === );
});
