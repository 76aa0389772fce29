import { expect, test } from 'vitest';

interface Named {
  name: string;
}

const named: Named = { name: 'calc' };

test('typed', () => {
  const other: Named = { name: 'other' };
  expect(other).toEqual(named);
});
