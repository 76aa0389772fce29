@test "green" {
  true
}

@test "later" {
  skip
}
