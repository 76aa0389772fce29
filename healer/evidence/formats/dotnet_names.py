"""Names of .NET tests: display names, full names and classes brought to one class and one method with its arguments."""

from __future__ import annotations

import re

from healer.evidence.limits import NAME_CHARACTERS

_RAISED = re.compile(r"([A-Za-z_][\w.+`]{0,300}(?:Exception|Error)\w{0,60})\s{0,2}:(?:\s{1,200}|$)")
_THREW = re.compile(
    r"(?:Test|(?:Class |Assembly )?Initialization) method [^\n]{1,1024}? (?:threw|throws?) exception[:.]\s{1,200}"
)
_OPENING, _CLOSING = frozenset("([<{"), frozenset(")]>}")
_ARGUMENTS = re.compile(r"(?<=[^\s(])\([^\n]{0,4096}\)\Z")


def split_qualified(name: str) -> tuple[str, str]:
    """Split `Ns.Fixture(1.5).Method("a.b")` at the last dot outside of arguments; the class is "" where there is none.

    A custom display name with spaces is no qualified name and stays whole.
    """
    name = name[:NAME_CHARACTERS]
    depth, last, is_quoted = 0, -1, False
    previous = ""
    for place, character in enumerate(name):
        if character == '"' and previous != "\\":
            is_quoted = not is_quoted
        elif not is_quoted and character in _OPENING:
            depth += 1
        elif not is_quoted and character in _CLOSING:
            depth -= 1
        elif character == "." and not depth and not is_quoted:
            last = place
        elif character.isspace() and not depth and not is_quoted and name[place + 1 : place + 2] != "(":
            return "", name
        previous = character
    if depth or is_quoted:
        last = name.rfind(".", 0, name.find("(") if "(" in name else len(name))
    return (name[:last], name[last + 1 :]) if last > 0 else ("", name)


def named(class_name: str, method: str, display: str) -> tuple[str, str]:
    """Return class and test name from a class, a method and the name that the report shows, each of which may be "".

    The shown name is often the full one, and alone has the arguments; one that was made up gives way to the method.
    """
    class_name, method, display = (text[:NAME_CHARACTERS].strip() for text in (class_name, method, display))
    if "(" not in class_name:
        class_name = class_name.partition(",")[0].strip()  # MSTest names the assembly behind it
    if class_name and display.startswith(f"{class_name}."):
        return class_name, display[len(class_name) + 1 :]
    if not class_name:
        return split_qualified(display or method)
    method = method.removeprefix(f"{class_name}.")
    if not method or display.startswith(method):
        return class_name, display or method
    arguments = _ARGUMENTS.search(display)
    return class_name, method + (arguments[0] if arguments else "")


def exception_and_message(message: str) -> tuple[str | None, str]:
    """Return the exception type that a message of a .NET runner begins with, and the message in the usual `Type: why`.

    xUnit and NUnit write `Type : why`, MSTest puts `Test method X threw exception:` before it.
    """
    said = _THREW.sub("", message.strip()[:NAME_CHARACTERS], count=1) or message.strip()
    raised = _RAISED.match(said)
    if not raised:
        return None, said if said != message.strip()[:NAME_CHARACTERS] else message
    return raised[1], f"{raised[1]}: {said[raised.end() :]}"
