"""Call every function of a file, each in a process of its own, and print what each returned as JSON.

Arguments: the file, a file of facts (JSON), and the names of those to call (all, without any).
"""

import json
import os
import runpy
import signal
import sys
import traceback

SECONDS = 30
TOGETHER = 8


def started(function, facts):
    """Start a function in a process of its own; return that and the pipe it answers through."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            signal.alarm(SECONDS)
            told = function(facts)
        except Exception:
            # An attempt that fails has got nothing; an honest use that fails says why.
            why = "raised: " + "".join(traceback.format_exc().splitlines(True)[-3:])
            told = None if function.__name__.startswith("attempt") else why
        os.write(writer, json.dumps(told, default=repr).encode())
        os._exit(0)
    os.close(writer)
    return child, reader


def outcome(function, child, reader):
    with os.fdopen(reader, "rb") as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    if told:
        return json.loads(told)
    return None if function.__name__.startswith("attempt") else "ended with status %d" % status


def main():
    file, facts, *only = sys.argv[1:]
    with open(facts) as stream:
        facts = json.load(stream)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    functions = [
        function
        for name, function in runpy.run_path(file).items()
        if name.startswith(("attempt_", "use_")) and name.partition("_")[2] in (only or [name.partition("_")[2]])
    ]
    found = {}
    while functions:
        some, functions = functions[:TOGETHER], functions[TOGETHER:]
        running = [(function, *started(function, facts)) for function in some]
        found.update({function.__name__.partition("_")[2]: outcome(function, *rest) for function, *rest in running})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
