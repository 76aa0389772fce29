const { missing } = require('../src/nowhere');

it('import', () => {
  missing();
});
