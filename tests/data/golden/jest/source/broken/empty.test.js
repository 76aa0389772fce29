// No test here.
