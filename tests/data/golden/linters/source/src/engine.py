import os, sys
import subprocess


def total(values: list[int]) -> int:
    sum = 0
    for value in values:
        sum += value
    return str(sum)


def run(command):
    password = "hunter2"
    subprocess.call(command, shell=True)
    assert undefined_name
    return eval(command)


result: int = total(["a"])
