const it = require('node:test');
it('syntax', () => {
  expect(1 === );
});
