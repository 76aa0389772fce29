#include "engine.hpp"

namespace {
int check(int value) {
  if (value < 0) throw CalcError("negative value: " + std::to_string(value));
  return value;
}
}  // namespace

int add(int left, int right) { return left + right; }

int total(const std::vector<int>& values) {
  int sum = 0;
  for (int value : values) sum += check(value);
  return sum;
}

int ratio(int left, int right) {
  if (right == 0) throw CalcError("cannot divide");
  return left / right;
}
