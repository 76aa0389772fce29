it('syntax', () => {
  expect(1 === );
});
