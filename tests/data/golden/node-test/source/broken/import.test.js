const it = require('node:test');
const { missing } = require('../src/nowhere');

it('import', () => {
  missing();
});
