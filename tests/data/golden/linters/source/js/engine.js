const unused = 1;

export function add(left, right) {
  if (left == right) {
    debugger;
  }
  return left + missing;
}
