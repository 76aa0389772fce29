class CalcError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = 'CalcError';
  }
}

function add(left, right) {
  return left + right;
}

function total(values) {
  return values.map(check).reduce(add, 0);
}

function check(value) {
  if (value < 0) {
    throw new RangeError(`negative value: ${value}`);
  }
  return value;
}

function ratio(left, right) {
  try {
    return divide(left, right);
  } catch (cause) {
    throw new CalcError(`cannot divide ${left} by ${right}`, { cause });
  }
}

function divide(left, right) {
  if (right === 0) {
    throw new TypeError('division by zero');
  }
  return left / right;
}

function parse(text) {
  return JSON.parse(text).value;
}

module.exports = { add, total, ratio, parse, CalcError };
