import { test } from 'vitest';
import { missing } from '../src/nowhere.js';

test('import', () => {
  missing();
});
