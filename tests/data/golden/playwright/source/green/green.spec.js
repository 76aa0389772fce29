const { test } = require('@playwright/test');

test('green', () => {});
test.skip('later', () => {});
