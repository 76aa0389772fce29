"""Arithmetic with something to go wrong."""

import json


class CalcError(Exception):
    """What callers are told."""


def add(left, right):
    return left + right


def total(values):
    return sum(_checked(value) for value in values)


def _checked(value):
    assert value >= 0, f"negative value: {value}"
    return value


def ratio(left, right):
    try:
        return _divide(left, right)
    except ZeroDivisionError as cause:
        raise CalcError(f"cannot divide {left} by {right}") from cause


def _divide(left, right):
    return left / right


def parse(text):
    return json.loads(text)["value"]


def lookup(key):
    return {"a": 1}[key]
