"""The options on what becomes of a pull request."""

from __future__ import annotations

import pytest

from healer.cli.settings import parse_run
from healer.delivery.wishes import Wishes
from healer.errors import UsageError

TOKEN = {"GITHUB_TOKEN": "t"}
PULL = "--deliver=pull-request"


@pytest.mark.parametrize(
    ("options", "wishes"),
    [
        ([], Wishes()),
        ([PULL, "--auto-merge"], Wishes(auto_merge=True)),
        (["--request-review=ada"], Wishes(review_from=("ada",))),
        (
            [PULL, "--request-review=ada", "--request-review=team:the-core_1", "--request-review=ada"],
            Wishes(review_from=("ada", "team:the-core_1")),
        ),
        (["--request-review=octo_corp"], Wishes(review_from=("octo_corp",))),
    ],
    ids=["none", "auto-merge", "one", "a team and somebody twice", "a managed user"],
)
def test_wishes_are_read(options: list[str], wishes: Wishes) -> None:
    assert parse_run(options, TOKEN).wishes == wishes


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@ada",
        "ada,bob",
        "octo/core",
        "team:",
        "team:octo/core",
        "a b",
        "ada\n",
        "-ada",
        "a" * 100,
        "dependabot[bot]",
    ],
)
def test_what_can_be_no_reviewer_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="--request-review is a login or team:SLUG"):
        parse_run([f"--request-review={name}"], TOKEN)


def test_a_crowd_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 15"):
        parse_run([f"--request-review=ada{number}" for number in range(16)], TOKEN)


@pytest.mark.parametrize("deliver", ["branch", "patch", "summary"])
def test_auto_merge_without_a_pull_request_is_refused(deliver: str) -> None:
    with pytest.raises(UsageError, match="--auto-merge needs --deliver pull-request"):
        parse_run([f"--deliver={deliver}", "--auto-merge"], TOKEN)


def test_the_repository_names_its_reviewers_and_its_callers_replace_them() -> None:
    file = {"request-review": ["team:core"]}
    assert parse_run([PULL], TOKEN, file=file).wishes.review_from == ("team:core",)
    assert parse_run([PULL, "--request-review=ada"], TOKEN, file=file).wishes.review_from == ("ada",)
