#include <string>
#include <vector>

template <typename T>
T add(const T& left, const T& right) {
  return left.plus(right);
}

int use() {
  std::vector<int> values = {1, 2, "three"};
  int unused;
  return add(1, 2) + missing(values);
}
