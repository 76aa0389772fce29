"""The options on what becomes of a pull request once it is open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.delivery.wishes import Wishes

if TYPE_CHECKING:
    import argparse

_REVIEWER = re.compile(r"team:[A-Za-z0-9_][A-Za-z0-9_-]{0,99}|[A-Za-z0-9][A-Za-z0-9_-]{0,98}")
_MOST_REVIEWERS = 15


def is_reviewer(name: str) -> bool:
    """Tell whether this can be a login on GitHub, or a team as `team:SLUG`."""
    return bool(_REVIEWER.fullmatch(name))


def add_pull_request_options(parser: argparse._ArgumentGroup) -> None:
    """Add what `run` takes on pull requests."""
    parser.add_argument(
        "--auto-merge", action="store_true", help="let GitHub merge a strong repair once all it requires has passed"
    )
    parser.add_argument(
        "--request-review", action="append", default=[], metavar="NAME",
        help="whom to ask for a review of a repair that is not thin: a login, or team:SLUG; repeatable",
    )  # fmt: skip


def wishes_of(given: argparse.Namespace) -> Wishes:
    """Return what these options say; they were found to be without problems."""
    return Wishes(given.auto_merge, tuple(dict.fromkeys(given.request_review)))


def pull_request_problems(given: argparse.Namespace) -> list[str]:
    """Return a sentence for each value that will not do."""
    problems = [
        f"--request-review is a login or team:SLUG, not {name[:100]!r}"
        for name in given.request_review
        if not is_reviewer(name)
    ]
    if len(given.request_review) > _MOST_REVIEWERS:
        problems.append(f"--request-review names at most {_MOST_REVIEWERS}; name a team instead")
    if given.auto_merge and given.deliver != "pull-request":
        problems.append("--auto-merge needs --deliver pull-request")
    return problems
