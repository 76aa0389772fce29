test('other file', () => {});
