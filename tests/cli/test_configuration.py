"""What `.github/self-heal.yml` may hold, and the sentence for everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.cli.configuration import ELSEWHERE, KEYS, LARGEST, read_configuration
from healer.errors import UsageError

GOOD = {
    "nothing": ("", {}),
    "a comment": ("# later\n", {}),
    "a byte order mark and Windows line ends": ("\ufeffrounds: 2\r\nworkers: 1\r\n", {"rounds": 2, "workers": 1}),
    "one text for a list of one": (
        "check: mypy src\nsource-root: src",
        {"check": ["mypy src"], "source-root": ["src"]},
    ),
    "a list in lines": ("source-root:\n  - src\n  - lib/core\n", {"source-root": ["src", "lib/core"]}),
    "a list in brackets": (
        "engine: [embedded, openai]\nmodel: gpt-x/1",
        {"engine": ["embedded", "openai"], "model": "gpt-x/1"},
    ),
    "a command with options": ("test-command: pytest -q -k 'not slow'", {"test-command": "pytest -q -k 'not slow'"}),
    "the highest limits": (
        "max-cost-usd: 0.5\ntime-limit: 1800\ncase-time-limit: 600\nproof-runs: 20\nrounds: 3\nworkers: 64",
        {"max-cost-usd": 0.5, "time-limit": 1800, "case-time-limit": 600, "proof-runs": 20, "rounds": 3, "workers": 64},
    ),
    "the lowest limits": (
        "max-cost-usd: 0\ntime-limit: 1\ncase-time-limit: 0.1\nproof-runs: 3\nrounds: 1\nworkers: 0",
        {"max-cost-usd": 0, "time-limit": 1, "case-time-limit": 0.1, "proof-runs": 3, "rounds": 1, "workers": 0},
    ),
    "words": (
        "setup: none\nnetwork: loopback\nsetup-command: make deps",
        {"setup": "none", "network": "loopback", "setup-command": "make deps"},
    ),
}

BAD = {
    "an unknown key": (b"\nround: 2", "line 2: there is no setting 'round'; did you mean `rounds`?"),
    "a key like none": (b"colour: red", "line 1: there is no setting 'colour'; it is one of test-command,"),
    "a key that is no text": (b"1: 2", "line 1: there is no setting 1; it is one of"),
    "a key that is a list": (b"? [a, b]\n: 2", "line 1: there is no setting ['a', 'b']"),
    "a key twice": (b"rounds: 2\nrounds: 3", "line 2: `rounds` is said twice"),
    "a text for a number": (b"rounds: two", "line 1: `rounds` is 1, 2 or 3, not 'two'"),
    "yes for a number": (b"rounds: true", "`rounds` is 1, 2 or 3, not True"),
    "no value": (b"rounds:", "`rounds` is 1, 2 or 3, not None"),
    "a number for a text": (b"test-command: 5", "`test-command` is a command in quotes"),
    "an empty text": (b"test-command: ' '", "`test-command` is a command in quotes"),
    "a list for a word": (b"setup: [auto]", "`setup` is auto, always or none, not ['auto']"),
    "a mapping for a word": (b"network: {none: 1}", "`network` is none or loopback"),
    "all of the network": (b"network: full", "full only where self-heal is called"),
    "more money": (b"max-cost-usd: 0.51", "more only where self-heal is called"),
    "endless money": (b"max-cost-usd: .inf", "not inf"),
    "no number of money": (b"max-cost-usd: .nan", "not nan"),
    "more time": (b"time-limit: 1801", "more only where self-heal is called"),
    "fewer runs of a proof": (b"proof-runs: 2", "fewer only where self-heal is called"),
    "no day of any month": (b"time-limit: 2026-99-99", "not '2026-99-99'"),
    "a number of 60,000 digits": (b"rounds: " + b"9" * 60_000, "`rounds` is 1, 2 or 3, not '9999"),
    "an unknown engine": (b"engine: oracle", "one or several of embedded, anthropic, bedrock, vertex, openai"),
    "a model's name with a blank": (b"model: gpt 4", "`model` is the name of a model"),
    "a check that no shell would take": (b"check: 'a \"b'", "`check` is a command"),
    "every folder": (b"source-root: /", "`source-root` is a folder"),
    "the whole repository": (b"source-root: .", "`source-root` is a folder"),
    "a folder outside": (b"source-root: [src, lib/../../x]", "`source-root` is a folder"),
    "a list": (b"- rounds", "line 1: settings are lines like `rounds: 2`"),
    "a text": (b"rounds", "line 1: settings are lines like `rounds: 2`"),
    "no YAML": (b"rounds: 2\na\tb: c", "line 2: this is not YAML"),
    "an end too early": (b"'rounds", "this is not YAML"),
    "two documents": (b"rounds: 2\n---\nrounds: 3", "line 2: this is not YAML (but found another document)"),
    "an anchor": (b"rounds: 2\ncheck: &a [x]", "line 2: anchors (&) are not read here"),
    "an alias": (b"check: *a", "line 1: aliases (*) are not read here"),
    "a merge": (b"<<: {rounds: 2}", "line 1: this is not YAML"),
    "a tag that runs code": (b"rounds: !!python/object/apply:os.system [ls]", "line 1: tags (!) are not read here"),
    "a directive": (b"%YAML 1.1\n---\nrounds: 2", "line 1: directives (%) are not read here"),
    "brackets in brackets": (b"[" * 60_000, "line 1: this is nested too deeply"),
    "dashes in dashes": (b"- " * 30_000, "line 1: this is nested too deeply"),
    "another encoding": (b"rounds: 2\n# \xe9", "line 2, is not UTF-8"),
    "a zero byte": (b"rounds: 2\0", "characters that YAML does not allow"),
    "too large": (b" " * (LARGEST + 1), "larger than 64 KiB"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GOOD.values(), ids=GOOD)
def test_settings_are_read(text: str, expected: dict[str, object]) -> None:
    assert read_configuration(text.encode()) == expected


@pytest.mark.parametrize(("data", "said"), BAD.values(), ids=BAD)
def test_anything_else_is_refused_in_a_sentence_that_names_the_place(data: bytes, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_configuration(data, "self-heal.yml")
    assert caught.value.code == "configuration"
    assert caught.value.sentence.startswith("self-heal.yml")
    assert said in caught.value.sentence
    assert len(caught.value.sentence) < 500


@pytest.mark.parametrize("name", ELSEWHERE)
def test_secrets_and_what_loosens_are_not_taken_from_the_file(name: str) -> None:
    with pytest.raises(UsageError, match=f"`{name}` is not taken from this file"):
        read_configuration(f"{name}: true".encode())


def test_all_problems_are_told_at_once_up_to_a_few() -> None:
    with pytest.raises(UsageError) as caught:
        read_configuration(b"".join(b"wrong%d: 1\n" % number for number in range(9)))
    assert caught.value.sentence.count("there is no setting") == 5
    assert caught.value.sentence.endswith("; and 4 more")


def test_nothing_is_both_a_setting_of_the_file_and_refused_there() -> None:
    assert not set(KEYS) & set(ELSEWHERE)


PIECES = st.sampled_from(
    [
        *KEYS,
        ": ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "!!int ",
        "'",
        '"',
        "|\n ",
        "? ",
        "2",
        "0.5",
        "none",
        "#",
        "\t",
        "\0",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=20))
def test_no_file_ends_in_anything_but_settings_or_a_sentence(pieces: list[str]) -> None:
    data = "".join(pieces).encode("utf-8", "replace")
    try:
        found = read_configuration(data)
    except UsageError as refused:
        assert refused.sentence.startswith(".github/self-heal.yml")  # noqa: PT017 - both ways to end are right
    else:
        assert set(found) <= set(KEYS)
