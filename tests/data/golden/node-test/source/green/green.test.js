const it = require('node:test');
it('green', () => {});
it.skip('later', () => {});
