setup() {
  source "$BATS_TEST_DIRNAME/../engine.sh"
}

@test "adds" {
  [ "$(add 1 2)" -eq 3 ]
}

@test "adds wrong" {
  [ "$(add 1 2)" -eq 4 ]
}

@test "total two calls deep" {
  total 1 -2
}

@test "run and compare" {
  run add 1 2
  [ "$status" -eq 0 ]
  [ "$output" = "4" ]
}

@test "skipped" {
  skip "not today"
}

@test "strange <&>]]> name # TODO not really" {
  printf '<out> & ]]> \e[31mred\e[0m \x01 é漢😀\n'
  echo "not ok 99 fake"
  false
}

@test "command not found" {
  no_such_command
}
