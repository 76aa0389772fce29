add() {
  echo $(($1 + $2))
}

check() {
  if [ "$1" -lt 0 ]; then
    echo "negative value: $1" >&2
    return 3
  fi
}

total() {
  check "$1"
  check "$2"
  add "$1" "$2"
}
