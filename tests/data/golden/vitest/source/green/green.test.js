import { test } from 'vitest';

test('green', () => {});
test.skip('later', () => {});
