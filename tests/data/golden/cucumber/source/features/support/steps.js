const assert = require('node:assert');
const { Given, When, Then, Before, setDefaultTimeout } = require('@cucumber/cucumber');
const { add, total, ratio } = require('../../src/engine');

Before({ tags: '@skip' }, () => 'skipped');

Before({ tags: '@broken' }, () => {
  ratio(1, 0);
});

Given('an engine', function () {
  this.result = null;
});

When('I add {int} and {int}', function (left, right) {
  this.result = add(left, right);
});

When('I total {int} and {int}', function (left, right) {
  this.result = total([left, right]);
});

When('I divide {int} by {int}', function (left, right) {
  this.result = ratio(left, right);
});

When('I wait for this to be written', () => 'pending');

Then('the result is {int}', function (result) {
  assert.strictEqual(this.result, result);
});

Then('strange things happen', () => {
  console.log('<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀');
  throw new Error('strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line');
});
