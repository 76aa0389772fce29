const { missing } = require('../src/nowhere');

test('import', () => {
  missing();
});
