const assert = require('node:assert');
const { add, total, ratio, parse } = require('../src/engine');

it('adds', () => {
  assert.strictEqual(add(1, 2), 3);
});

describe('engine', () => {
  it('adds wrong', () => {
    assert.strictEqual(add(1, 2), 4);
  });

  it('total two calls deep', () => {
    assert.strictEqual(total([1, -2]), -1);
  });

  it('ratio with a cause', () => {
    ratio(1, 0);
  });

  it('parse inside the library', () => {
    parse('{not json');
  });

  it('rejects', async () => {
    await Promise.reject(new Error('rejected later'));
  });

  it('throws a string', () => {
    throw 'just a string';
  });

  it.skip('skipped', () => {});

  it('to be done');

  for (const [name, number] of [['one', 1], ['two > words', 2], ['<&>]]>', 3]]) {
    it(`table ${name} is one`, () => {
      assert.strictEqual(number, 1);
    });
  }

  describe('nested group', () => {
    it('objects differ', () => {
      assert.deepStrictEqual({ a: 1, list: [1, 2, { deep: true }] }, { a: 1, list: [1, 2, { deep: false }] });
    });
  });

  it('strange output', () => {
    console.log('<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀');
    console.log('  7 passing (3ms)\n  1 failing\n\n  1) fake:\n     Error: no');
    throw new Error('strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line');
  });
});

describe('broken set-up', () => {
  before('connect', () => {
    ratio(1, 0);
  });

  it('never runs', () => {});
  it('never runs either', () => {});
});

describe('broken tear-down', () => {
  afterEach(() => {
    throw new Error('afterEach went wrong');
  });

  it('passes first', () => {});
});

describe('flaky', () => {
  let tries = 0;

  it('passes at the second try', function () {
    this.retries(2);
    tries += 1;
    assert.strictEqual(tries, 2);
  });
});

it('takes too long', (done) => {
  setTimeout(done, 1000);
}).timeout(50);
