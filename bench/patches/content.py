"""Damage to what an edit says: lines lost, mistyped or left out, signs forgotten, replies cut off or turned round."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from bench.patches import form
from bench.patches.damage import Meaning, Reply, changes, context_of, cores, damaged, diff, fenced, is_beside_change

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from bench.patches.damage import Case, Lines

_ELISIONS = ("...", "# ...", "# ... existing code ...", "# ... rest of the code unchanged ...")


def _mistyped(line: str, dice: random.Random) -> str:
    """Change one letter, double one, or lose one."""
    places = [index for index, letter in enumerate(line) if letter.isalpha()]
    index = dice.choice(places)
    return line[:index] + dice.choice([chr(ord("a") + dice.randrange(26)), line[index] * 2, ""]) + line[index + 1 :]


def typo_in_context(case: Case, dice: random.Random) -> Reply | None:
    """Mistype one line of context of one hunk."""
    candidates = [
        (number, index)
        for number, hunk in enumerate(case.hunks)
        for index in context_of(hunk.lines)
        if sum(map(str.isalpha, hunk.lines[index])) > 5  # noqa: PLR2004 - shorter lines say nothing
    ]
    if not candidates:
        return None
    number, index = dice.choice(candidates)
    bodies = [list(hunk.lines) for hunk in case.hunks]
    line = _mistyped(bodies[number][index], dice)
    if line == bodies[number][index]:
        return None
    is_doubtful = is_beside_change(bodies[number], index) or len(context_of(bodies[number])) < 3  # noqa: PLR2004 - too few
    bodies[number][index] = line
    meaning = Meaning.DOUBTFUL if is_doubtful else Meaning.CLEAR
    return Reply(damaged(case, bodies), meaning, shown=_shown(case, number))


def _shown(case: Case, damaged: int) -> list[Lines]:
    """Say what must be in the file once: of the damaged hunk each change with its neighbours, of others all."""
    return [
        lines
        for number, hunk in enumerate(case.hunks)
        for lines in (cores(hunk.lines) if number == damaged else [hunk.old])
    ]


def dropped_context(case: Case, dice: random.Random) -> Reply | None:
    """Leave one line of context out of one hunk."""
    candidates = [(number, index) for number, hunk in enumerate(case.hunks) for index in context_of(hunk.lines)]
    if not candidates:
        return None
    number, index = dice.choice(candidates)
    bodies = [list(hunk.lines) for hunk in case.hunks]
    is_doubtful = is_beside_change(bodies[number], index) or len(context_of(bodies[number])) < 3  # noqa: PLR2004 - too few
    del bodies[number][index]
    meaning = Meaning.DOUBTFUL if is_doubtful else Meaning.CLEAR
    return Reply(damaged(case, bodies), meaning, shown=_shown(case, number))


def elided_context(case: Case, dice: random.Random) -> Reply | None:
    """Write dots for two lines of context or more."""
    wide = case.with_context(dice.choice([4, 6, 8]))
    candidates = []
    for number, hunk in enumerate(wide.hunks):
        start, end = next(iter(changes(hunk.lines)))[0], list(changes(hunk.lines))[-1][1]
        candidates += [(number, 1, start - 1)] if start > 3 else []  # noqa: PLR2004 - two and a rim on each side
        candidates += [(number, end + 1, len(hunk.lines) - 1)] if len(hunk.lines) - end > 3 else []  # noqa: PLR2004
    if not candidates:
        return None
    number, start, end = dice.choice(candidates)
    bodies = [list(hunk.lines) for hunk in wide.hunks]
    depth = len(bodies[number][start][1:]) - len(bodies[number][start][1:].lstrip())
    bodies[number][start:end] = [" " * (1 + depth) + dice.choice(_ELISIONS)]
    return Reply(damaged(wide, bodies), shown=_shown(wide, number))


def elision_among_new_lines(case: Case, dice: random.Random) -> Reply | None:
    """Leave out what the new lines are."""
    bodies = [list(hunk.lines) for hunk in case.hunks]
    added = [
        (number, index)
        for number, body in enumerate(bodies)
        for index, line in enumerate(body)
        if line[0] == "+" and line[1:].strip()
    ]
    if not added:
        return None
    number, index = dice.choice(added)
    line = bodies[number][index]
    bodies[number][index] = "+" + " " * (len(line[1:]) - len(line[1:].lstrip())) + "# ... existing code ..."
    return Reply(damaged(case, bodies), Meaning.LOST)


def plus_forgotten(case: Case, dice: random.Random) -> Reply | None:
    """Forget the + of the last new line of a hunk."""
    return _resigned(case, dice, "+")


def minus_forgotten(case: Case, dice: random.Random) -> Reply | None:
    """Forget the - of the last old line of a hunk; the header still counts it."""
    return _resigned(case, dice, "-")


def _resigned(case: Case, dice: random.Random, sign: str) -> Reply | None:
    hunks = [number for number, hunk in enumerate(case.hunks) if any(line[0] == sign for line in hunk.lines)]
    if not hunks:
        return None
    number = dice.choice(hunks)
    bodies = [list(hunk.lines) for hunk in case.hunks]
    last = max(index for index, line in enumerate(bodies[number]) if line[0] == sign)
    bodies[number][last] = " " + bodies[number][last][1:]
    return Reply(fenced(diff(case, bodies)), Meaning.LOST)


def tail_cut_off(case: Case, _: random.Random) -> Reply | None:
    """Lose the last line of context of a reply without code blocks."""
    lines = case.hunks[-1].lines
    if not lines[-1].startswith(" "):
        return None
    bodies = [*(hunk.lines for hunk in case.hunks[:-1]), lines[:-1]]
    return Reply(diff(case, bodies), Meaning.DOUBTFUL)


def half_cut_off(case: Case, dice: random.Random) -> Reply | None:
    """Lose the end of a reply without code blocks, somewhere inside of its last change."""
    lines = case.hunks[-1].lines
    changed = [index for index, line in enumerate(lines) if line[0] != " "]
    if len(changed) < 2:  # noqa: PLR2004 - nothing to cut
        return None
    bodies = [*(hunk.lines for hunk in case.hunks[:-1]), lines[: dice.choice(changed[1:])]]
    return Reply(diff(case, bodies), Meaning.LOST)


def unclosed_block(case: Case, _: random.Random) -> Reply:
    """Lose the end of a code block."""
    return Reply(f"The cause:\n\n```diff\n{diff(case)}", Meaning.LOST)


def renamed(case: Case, _: random.Random) -> Reply:
    """Give the new file another name."""
    return Reply(diff(case).replace(f"+++ b/{case.path}", "+++ b/other.py"), Meaning.LOST)


def reversed_signs(case: Case, _: random.Random) -> Reply | None:
    """Exchange + and -."""
    swapped = str.maketrans("+-", "-+")
    bodies = [[line[0].translate(swapped) + line[1:] for line in hunk.lines] for hunk in case.hunks]
    return Reply(damaged(case, bodies), Meaning.LOST)


def already_applied(case: Case, _: random.Random) -> Reply:
    """Say what the file already is."""
    return Reply(fenced(diff(case)), Meaning.LOST, before=case.after, after=case.after)


def without_context(case: Case, _: random.Random) -> Reply:
    """Show no context; the numbers are right."""
    return Reply(diff(case.with_context(0)), Meaning.DOUBTFUL)


def without_context_and_numbers(case: Case, _: random.Random) -> Reply:
    """Show neither context nor numbers."""
    near = case.with_context(0)
    return Reply(fenced(diff(near, heads=["@@"] * len(near.hunks))), Meaning.DOUBTFUL)


def one_line_of_context(case: Case, _: random.Random) -> Reply:
    """Show one line around each change, and no numbers."""
    near = case.with_context(1)
    return Reply(fenced(diff(near, heads=["@@"] * len(near.hunks))), shown=[hunk.old for hunk in near.hunks])


def _definition(case: Case, old: Lines) -> str | None:
    """Return the header of the innermost definition around the only place of some lines, if there is just one such."""
    lines = case.before.split("\n")
    starts = [i for i in range(len(lines)) if lines[i : i + len(old)] == old]
    if len(starts) != 1:
        return None
    around = [
        node
        for node in ast.walk(ast.parse(case.before))
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        and node.lineno <= starts[0] + 1
        and starts[0] + len(old) <= (node.end_lineno or 0)
    ]
    return lines[max(around, key=lambda node: node.lineno).lineno - 1].strip() if around else None


def scope_lines(case: Case, _: random.Random) -> Reply | None:
    """Name the definition around each hunk, and show one line of context."""
    near = case.with_context(1)
    names = [_definition(case, hunk.old) for hunk in near.hunks]
    if not any(names):
        return None
    heads = [f"@@ {name} @@" if name else "@@" for name in names]
    return Reply(fenced(diff(near, heads=heads)), shown=[hunk.old for hunk in near.hunks])


def apply_patch_with_scope(case: Case, _: random.Random) -> Reply | None:
    """Name the definition around each hunk in the format that begins with `*** Begin Patch`."""
    names = [_definition(case, hunk.old) for hunk in case.hunks]
    if not any(names):
        return None
    heads = [f"@@ {name}" if name else "@@" for name in names]
    return Reply(form.begin_patch(case, [hunk.lines for hunk in case.hunks], heads))


def part_of_the_file(case: Case, dice: random.Random) -> Reply | None:
    """Send some lines as though they were the whole file."""
    lines = case.after.split("\n")[:-1]
    start = dice.randrange(max(1, len(lines) // 2))
    part = lines[start : start + max(3, len(lines) // 2)]
    if "```" in "".join(part) or part == lines:
        return None
    return Reply(f"`{case.path}`\n\n```python\n" + "".join(f"{line}\n" for line in part) + "```\n", Meaning.LOST)


def whole_file_with_elision(case: Case, dice: random.Random) -> Reply | None:
    """Leave lines out of what is to be the whole file."""
    lines = case.after.split("\n")[:-1]
    if "```" in case.after or len(lines) < 8:  # noqa: PLR2004 - too short to leave something out
        return None
    start = dice.randrange(len(lines) - 6)
    lines[start : start + 5] = [dice.choice(_ELISIONS[1:])]
    return Reply(f"`{case.path}`\n\n```python\n" + "".join(f"{line}\n" for line in lines) + "```\n", Meaning.LOST)


def two_at_once(case: Case, dice: random.Random) -> Reply:
    """Do damage to the white space of the hunks and then to the writing around them."""
    inner = dice.choice([form.outdented, form.indented, form.tabs_in_context, form.context_without_prefix])
    reply = inner(case, dice)
    outer = dice.choice(["carriage returns", "a/", "blank", "list"])
    if outer == "carriage returns":
        reply.text = reply.text.replace("\n", "\r\n")
    elif outer == "a/":
        reply.text = reply.text.replace("--- a/", "--- ").replace("+++ b/", "+++ ")
    elif outer == "blank":
        reply.text = reply.text.replace("\n \n", "\n\n").replace("\n \n", "\n\n")
    else:
        reply.text = reply.text.replace("\n", "\n  ")
    return reply


CONTENT: dict[str, Callable[[Case, random.Random], Reply | None]] = {
    "typo in context": typo_in_context,
    "a line of context dropped": dropped_context,
    "elided context": elided_context,
    "elision among new lines": elision_among_new_lines,
    "a + forgotten": plus_forgotten,
    "a - forgotten": minus_forgotten,
    "tail of context cut off": tail_cut_off,
    "half of a change cut off": half_cut_off,
    "block not closed": unclosed_block,
    "renamed": renamed,
    "reversed": reversed_signs,
    "already applied": already_applied,
    "no context": without_context,
    "no context, no numbers": without_context_and_numbers,
    "one line of context": one_line_of_context,
    "one line of context and scope": scope_lines,
    "*** Begin Patch with scope": apply_patch_with_scope,
    "part sent as whole file": part_of_the_file,
    "whole file with elision": whole_file_with_elision,
    "two damages at once": two_at_once,
}
