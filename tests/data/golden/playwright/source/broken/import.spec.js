const { test } = require('@playwright/test');
require('../src/nowhere');

test('import', () => {});
