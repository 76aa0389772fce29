it('green', () => {});
it.skip('later', () => {});
