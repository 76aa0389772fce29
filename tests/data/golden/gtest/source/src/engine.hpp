#pragma once
#include <stdexcept>
#include <string>
#include <vector>

struct CalcError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int add(int left, int right);
int total(const std::vector<int>& values);
int ratio(int left, int right);
