test('syntax', () => {
  expect(1 === );
});
