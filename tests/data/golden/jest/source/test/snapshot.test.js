test('snapshot', () => {
  expect({ value: 2 }).toMatchInlineSnapshot(`
{
  "value": 1,
}
`);
});
