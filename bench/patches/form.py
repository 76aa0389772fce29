"""Damage to how an edit is written: numbers, headers, white space, line endings, the format itself."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from bench.patches.damage import Case, Meaning, Reply, context_of, damaged, diff, fenced

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from bench.patches.damage import Lines


def stripped(line: str) -> str:
    """Compare lines without the white space around them."""
    return line.strip()


def nothing(case: Case, _: random.Random) -> Reply:
    """Leave the diff as it is."""
    return Reply(diff(case))


def wrong_numbers(case: Case, dice: random.Random) -> Reply:
    """Move each hunk somewhere else in the file; the counts stay."""
    heads = []
    for hunk in case.hunks:
        old, new = (part[1:].partition(",") for part in hunk.head.split(" ")[1:3])
        shift = dice.choice([-1, 1]) * dice.randint(1, 400)
        heads.append(
            f"@@ -{max(1, int(old[0]) + shift)}{old[1]}{old[2]} +{max(1, int(new[0]) + shift)}{new[1]}{new[2]} @@"
        )
    return Reply(diff(case, heads=heads))


def wrong_counts(case: Case, dice: random.Random) -> Reply:
    """Count lines wrongly, upwards, as models do."""
    heads = []
    for hunk in case.hunks:
        old, new = (part[1:].partition(",")[0] for part in hunk.head.split(" ")[1:3])
        counts = [sum(line[0] != sign for line in hunk.lines) + dice.randint(1, 4) for sign in "+-"]
        heads.append(f"@@ -{old},{counts[0]} +{new},{max(counts) + dice.randint(0, 2)} @@")
    return Reply(fenced(diff(case, heads=heads)))


def no_numbers(case: Case, _: random.Random) -> Reply:
    """Write dots for numbers."""
    return Reply(fenced(diff(case, heads=["@@ ... @@"] * len(case.hunks))))


def bare_hunk_headers(case: Case, _: random.Random) -> Reply:
    """Write nothing for numbers."""
    return Reply(fenced(diff(case, heads=["@@"] * len(case.hunks))))


def no_file_headers(case: Case, _: random.Random) -> Reply:
    """Name the file in the words before."""
    body = "".join(f"{line}\n" for hunk in case.hunks for line in ("@@", *hunk.lines))
    return Reply(f"In `{case.path}`:\n\n```diff\n{body}```\n")


def no_prefixes(case: Case, _: random.Random) -> Reply:
    """Leave `a/` and `b/` out."""
    return Reply(diff(case, prefix=False))


def blank_context_stripped(case: Case, _: random.Random) -> Reply:
    """Lose the space that is a blank line of context."""
    return Reply(diff(case, [[line if line != " " else "" for line in hunk.lines] for hunk in case.hunks]))


def context_without_prefix(case: Case, _: random.Random) -> Reply:
    """Lose the space before every line of context."""
    return _without_prefix(case, [set(context_of(hunk.lines)) for hunk in case.hunks])


def some_context_without_prefix(case: Case, dice: random.Random) -> Reply:
    """Lose the space before some lines of context."""
    return _without_prefix(
        case,
        [{index for index in context_of(hunk.lines) if dice.random() < 0.5} for hunk in case.hunks],  # noqa: PLR2004 - half of them
    )


def _without_prefix(case: Case, lost: list[set[int]]) -> Reply:
    """Take the first character of some lines; an item of a list (`- x`) is then what says that `x` is removed."""
    bodies = [
        [line[1:] if index in gone else line for index, line in enumerate(hunk.lines)]
        for hunk, gone in zip(case.hunks, lost, strict=True)
    ]
    says_else = any(
        hunk.lines[index][1:2] in {"+", "-"} for hunk, gone in zip(case.hunks, lost, strict=True) for index in gone
    )
    return Reply(damaged(case, bodies), Meaning.DOUBTFUL if says_else else Meaning.CLEAR, key=stripped)


def outdented(case: Case, _: random.Random) -> Reply:
    """Write each hunk as far left as it goes."""
    bodies = []
    for hunk in case.hunks:
        depths = [len(line[1:]) - len(line[1:].lstrip(" ")) for line in hunk.lines if line[1:].strip()]
        depth = min(depths, default=0)
        bodies.append([line[0] + line[1 + depth :] for line in hunk.lines])
    return Reply(damaged(case, bodies), key=stripped)


def indented(case: Case, _: random.Random) -> Reply:
    """Write each hunk one step too far right."""
    bodies = [[f"{line[0]}    {line[1:]}" if line[1:] else line for line in hunk.lines] for hunk in case.hunks]
    return Reply(damaged(case, bodies), key=stripped)


def a_space_short(case: Case, _: random.Random) -> Reply:
    """Lose one space of indentation on every line."""
    bodies = [[line[0] + line[1:].removeprefix(" ") for line in hunk.lines] for hunk in case.hunks]
    return Reply(damaged(case, bodies), Meaning.DOUBTFUL)


def _tabbed(line: str) -> str:
    text = line[1:].lstrip(" ")
    depth = len(line) - 1 - len(text)
    return line[0] + "\t" * (depth // 4) + " " * (depth % 4) + text


def tabs_for_spaces(case: Case, _: random.Random) -> Reply:
    """Indent by tabs."""
    bodies = [list(map(_tabbed, hunk.lines)) for hunk in case.hunks]
    return Reply(damaged(case, bodies), key=stripped)


def tabs_in_context(case: Case, _: random.Random) -> Reply:
    """Indent the context by tabs."""
    bodies = [[_tabbed(line) if line[0] == " " else line for line in hunk.lines] for hunk in case.hunks]
    return Reply(damaged(case, bodies), key=stripped)


def trailing_space(case: Case, dice: random.Random) -> Reply:
    """Add white space behind lines of context."""
    bodies = [
        [f"{line}{dice.choice(['', ' ', '  '])}" if line[0] == " " else line for line in hunk.lines]
        for hunk in case.hunks
    ]
    return Reply(diff(case, bodies), key=str.rstrip)


def no_final_newline_of_the_text(case: Case, _: random.Random) -> Reply:
    """Lose the last newline of the reply."""
    return Reply(diff(case).removesuffix("\n"))


def carriage_returns(case: Case, _: random.Random) -> Reply:
    """Send a diff with CRLF for a file with LF."""
    return Reply(diff(case).replace("\n", "\r\n"))


def file_with_carriage_returns(case: Case, _: random.Random) -> Reply:
    """Send a diff with LF for a file with CRLF."""
    return Reply(diff(case), before=case.before.replace("\n", "\r\n"), after=case.after.replace("\n", "\r\n"))


def file_with_byte_order_mark(case: Case, _: random.Random) -> Reply:
    """Show the file without the mark that it begins with."""
    return Reply(diff(case), before=f"\ufeff{case.before}", after=f"\ufeff{case.after}")


def prose_around(case: Case, _: random.Random) -> Reply:
    """Wrap the diff in words and a code block."""
    return Reply(f"First this:\n\n```python\nimport this\n```\n\n{fenced(diff(case))}")


def fence_in_a_list(case: Case, _: random.Random) -> Reply:
    """Indent the code block as an item of a list."""
    return Reply(
        "1. The repair:\n\n" + "".join(f"   {line}\n" for line in ["```diff", *diff(case).split("\n")[:-1], "```"])
    )


def longer_fence(case: Case, _: random.Random) -> Reply:
    """Put the diff in a code block of more back-ticks, beside a shorter one."""
    return Reply(f"`````text\nnested:\n```\nx\n```\n`````\n\n````diff\n{diff(case)}````\n")


def block_for_each_hunk(case: Case, _: random.Random) -> Reply:
    """Give each hunk a code block with its own headers."""
    parts = [
        f"--- a/{case.path}\n+++ b/{case.path}\n{hunk.head}\n" + "".join(f"{line}\n" for line in hunk.lines)
        for hunk in case.hunks
    ]
    return Reply("".join(map(fenced, parts)))


def repeated(case: Case, _: random.Random) -> Reply:
    """Say it twice."""
    return Reply(fenced(diff(case)) * 2)


def html_entities_in_context(case: Case, _: random.Random) -> Reply | None:
    """Escape the context for a web page."""
    bodies = [[html.escape(line) if line[0] == " " else line for line in hunk.lines] for hunk in case.hunks]
    return Reply(damaged(case, bodies)) if bodies != [hunk.lines for hunk in case.hunks] else None


def html_entities_everywhere(case: Case, _: random.Random) -> Reply | None:
    """Escape the whole diff for a web page."""
    bodies = [[line[0] + html.escape(line[1:]) for line in hunk.lines] for hunk in case.hunks]
    is_hurt = any(line != html.escape(line) for hunk in case.hunks for line in hunk.lines if line[0] == "+")
    return Reply(damaged(case, bodies), Meaning.DOUBTFUL) if is_hurt else None


def smart_quotes_in_context(case: Case, _: random.Random) -> Reply | None:
    """Set the quotes of the context as a word processor does."""
    table = str.maketrans({'"': "\N{RIGHT DOUBLE QUOTATION MARK}", "'": "\N{RIGHT SINGLE QUOTATION MARK}"})
    bodies = [[line.translate(table) if line[0] == " " else line for line in hunk.lines] for hunk in case.hunks]
    return Reply(damaged(case, bodies)) if bodies != [hunk.lines for hunk in case.hunks] else None


def no_break_spaces_in_context(case: Case, _: random.Random) -> Reply | None:
    """Indent the context by spaces that do not break."""
    bodies = [
        [line[0] + line[1:].replace(" ", "\xa0") if line[0] == " " else line for line in h.lines] for h in case.hunks
    ]
    return Reply(damaged(case, bodies)) if bodies != [hunk.lines for hunk in case.hunks] else None


def _blocks(case: Case) -> list[str]:
    return [
        "<<<<<<< SEARCH\n"
        + "".join(f"{line[1:]}\n" for line in hunk.lines if line[0] != "+")
        + "=======\n"
        + "".join(f"{line[1:]}\n" for line in hunk.lines if line[0] != "-")
        + ">>>>>>> REPLACE\n"
        for hunk in case.hunks
    ]


def search_replace(case: Case, _: random.Random) -> Reply:
    """Write SEARCH/REPLACE blocks."""
    return Reply("\n".join(f"{case.path}\n```python\n{block}```\n" for block in _blocks(case)))


def begin_patch(case: Case, bodies: list[Lines], heads: Lines) -> str:
    """Return the edit in the format that begins with `*** Begin Patch`."""
    parts = ["".join(f"{line}\n" for line in (head, *body)) for head, body in zip(heads, bodies, strict=True)]
    return f"*** Begin Patch\n*** Update File: {case.path}\n{''.join(parts)}*** End Patch\n"


def apply_patch(case: Case, _: random.Random) -> Reply:
    """Write the format that begins with `*** Begin Patch`."""
    return Reply(begin_patch(case, [hunk.lines for hunk in case.hunks], ["@@"] * len(case.hunks)))


def whole_file(case: Case, _: random.Random) -> Reply:
    """Send the whole file."""
    fence = "````" if "```" in case.after else "```"
    return Reply(f"Here is the whole file.\n\n`{case.path}`\n\n{fence}python\n{case.after}{fence}\n", shown=[])


FORM: dict[str, Callable[[Case, random.Random], Reply | None]] = {
    "nothing": nothing,
    "wrong line numbers": wrong_numbers,
    "wrong counts": wrong_counts,
    "no numbers": no_numbers,
    "bare hunk headers": bare_hunk_headers,
    "no file headers": no_file_headers,
    "no a/ and b/": no_prefixes,
    "blank context stripped": blank_context_stripped,
    "context without its space": context_without_prefix,
    "some context without its space": some_context_without_prefix,
    "outdented": outdented,
    "indented": indented,
    "every line a space short": a_space_short,
    "tabs for spaces": tabs_for_spaces,
    "tabs for spaces in context": tabs_in_context,
    "trailing space": trailing_space,
    "no final newline of the text": no_final_newline_of_the_text,
    "CRLF for a file with LF": carriage_returns,
    "LF for a file with CRLF": file_with_carriage_returns,
    "byte order mark in the file": file_with_byte_order_mark,
    "prose and a code block": prose_around,
    "code block in a list": fence_in_a_list,
    "longer fence": longer_fence,
    "a code block for each hunk": block_for_each_hunk,
    "said twice": repeated,
    "HTML entities in context": html_entities_in_context,
    "HTML entities everywhere": html_entities_everywhere,
    "smart quotes in context": smart_quotes_in_context,
    "no-break spaces in context": no_break_spaces_in_context,
    "SEARCH/REPLACE": search_replace,
    "*** Begin Patch": apply_patch,
    "whole file": whole_file,
}
