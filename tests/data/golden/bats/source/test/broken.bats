setup_file() {
  echo "no database" >&2
  false
}

@test "never runs" {
  true
}

@test "never runs either" {
  true
}
