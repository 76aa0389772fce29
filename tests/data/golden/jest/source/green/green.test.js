test('green', () => {});
test.skip('later', () => {});
