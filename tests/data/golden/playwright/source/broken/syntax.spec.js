const { test } = require('@playwright/test');

test('syntax', () => {
  expect(1 === );
});
