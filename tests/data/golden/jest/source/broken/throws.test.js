const { total } = require('../src/engine');

total([-1]);

test('never defined', () => {});
