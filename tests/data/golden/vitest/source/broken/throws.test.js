import { test } from 'vitest';
import { total } from '../src/engine.js';

total([-1]);

test('never defined', () => {});
