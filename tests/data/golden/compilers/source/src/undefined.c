int elsewhere(int value);

int main(void) {
  return elsewhere(1);
}
