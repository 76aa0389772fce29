#include <stdio.h>

struct point {
  int x;
};

int main(void) {
  struct point p = {1};
  char *text = 5;
  printf("%s\n", p.y);
  undeclared(1)
  return 0;
}
