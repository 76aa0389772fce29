@test "syntax" {
  if true; then
}
