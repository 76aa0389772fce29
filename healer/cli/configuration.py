"""`.github/self-heal.yml`: a repository's own settings, read strictly; whatever is not understood is refused.

The file is as trusted as a workflow on the default branch, and may do less: it says how the suite is run, and it may
lower limits. What would let tests or a repair do more has to be said where self-heal is called.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from healer.cli.pull_request_options import is_reviewer
from healer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from yaml.nodes import MappingNode, Node

PATH = ".github/self-heal.yml"
LARGEST = 64 * 1024
"""Bytes."""
_DEEPEST = 3
_MOST_TOLD = 5
_MODEL = re.compile(r"[\w.:/@+-]{1,200}")
_FOLDER = re.compile(r"(?!/)(?!(?:.*/)?\.{0,2}(?:/|\Z))[^\0\n]{1,200}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _is_count(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and _is_number(value, least, most)


def _are(value: Any, one: Callable[[str], bool] = lambda _: True) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(each) and one(each) for each in value)


def _is_command(text: str) -> bool:
    try:
        return bool(shlex.split(text))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Key:
    """A setting that the file may hold: what is to be written there, and whether a value is that."""

    wanted: str
    accepts: Callable[[Any], bool]
    is_list: bool = False
    """A single text stands for a list of one."""


KEYS: Mapping[str, Key] = {
    "test-command": Key("a command in quotes, as in `test-command: pytest -q`", _is_text),
    "setup-command": Key("a shell command in quotes, as in `setup-command: pip install -e .`", _is_text),
    "setup": Key("auto, always or none", lambda value: value in {"auto", "always", "none"}),
    "check": Key(
        "a command or a list of them, as in `check: [mypy src]`",
        lambda value: _are(value, _is_command),
        is_list=True,
    ),
    "engine": Key(
        "one or several of embedded, anthropic, bedrock, vertex, openai",
        lambda value: _are(value, {"embedded", "anthropic", "bedrock", "vertex", "openai"}.__contains__),
        is_list=True,
    ),
    "model": Key("the name of a model", lambda value: isinstance(value, str) and bool(_MODEL.fullmatch(value))),
    "rounds": Key("1, 2 or 3", lambda value: _is_count(value, 1, 3)),
    "proof-runs": Key("a number from 3 to 20 (fewer only where self-heal is called)", lambda v: _is_count(v, 3, 20)),
    "workers": Key("a number up to 64, or 0 for one a processor", lambda value: _is_count(value, 0, 64)),
    "max-cost-usd": Key("dollars up to 0.50 (more only where self-heal is called)", lambda v: _is_number(v, 0, 0.5)),
    "time-limit": Key("seconds up to 1800 (more only where self-heal is called)", lambda v: _is_number(v, 1, 1800)),
    "case-time-limit": Key(
        "seconds up to 600 (more only where self-heal is called)", lambda v: _is_number(v, 0.001, 600)
    ),
    "batch": Key("true or false", lambda value: isinstance(value, bool)),
    "batch-wait": Key("seconds up to 3600 (more only where self-heal is called)", lambda v: _is_number(v, 0, 3600)),
    "max-minutes": Key("minutes up to 360 (more only where self-heal is called)", lambda v: _is_number(v, 0.1, 360)),
    "network": Key("none or loopback (full only where self-heal is called)", {"none", "loopback"}.__contains__),
    "source-root": Key(
        "a folder or a list of them, as in `source-root: [src]`",
        lambda value: _are(value, lambda root: bool(_FOLDER.match(root))),
        is_list=True,
    ),
    "request-review": Key(
        "a login or team:SLUG, or a list of them, as in `request-review: [ada, team:core]`",
        lambda value: _are(value, is_reviewer),
        is_list=True,
    ),
}
"""By the names of the options."""

OF_THE_SUITE = frozenset(
    {"test-command", "setup-command", "setup", "check", "time-limit", "case-time-limit", "network"}
)
"""Settings that say how the suite is run, whatever for."""

ELSEWHERE = (
    "github-token", "anthropic-api-key", "anthropic-base-url", "openai-api-key", "openai-base-url", "env", "cache",
    "unsafe-no-sandbox", "allow-dependencies", "deliver", "output", "report", "log", "repo", "base", "format",
    "max-cost-usd-per-day", "state", "model-price", "record", "anthropic-federation-rule-id",
    "anthropic-organization-id", "anthropic-service-account-id", "anthropic-workspace-id", "aws-bearer-token-bedrock",
    "aws-region", "aws-access-key-id", "aws-secret-access-key", "aws-session-token", "anthropic-vertex-project-id",
    "cloud-ml-region", "google-oauth-access-token", "working-directory", "test-image", "escalate-to", "ensemble",
    "reviewer", "candidates", "last-green", "auto-merge", "mode", "verdict", "proposal", "proposal-digest", "spent-usd",
)  # fmt: skip
"""Settings that this file may not hold: secrets and addresses, what loosens, and what belongs to one run."""


def read_configuration(data: bytes, place: str = PATH) -> dict[str, Any]:
    """Return the settings in a file by their keys; raise UsageError with a sentence for each problem.

    `place` is what the sentences call the file. Values are of the type that the key says; lists are lists of texts.
    """
    if len(data) > LARGEST:
        raise UsageError(f"{place} is larger than 64 KiB; settings take a few lines", code="configuration")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{place}, line {line}, is not UTF-8; save the file as UTF-8", code="configuration") from None
    found: dict[str, Any] = {}
    problems: list[str] = []
    for line, name, value in _entries(text, place):
        problem = _problem(name, value, found)
        if problem:
            problems.append(f"{place}, line {line}: {problem}")
        else:
            found[name] = [value] if KEYS[name].is_list and isinstance(value, str) else value
    if problems:
        more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
        raise UsageError("; ".join(problems[:_MOST_TOLD]) + more, code="configuration")
    return found


def _problem(name: Any, value: Any, before: Mapping[str, Any]) -> str | None:
    if not isinstance(name, str) or name not in {*KEYS, *ELSEWHERE}:
        near = get_close_matches(str(name)[:80], KEYS, n=1)
        meant = f"did you mean `{near[0]}`?" if near else f"it is one of {', '.join(KEYS)}"
        return f"there is no setting {_shown(name)}; {meant}"
    if name in ELSEWHERE:
        return f"`{name}` is not taken from this file; give it where self-heal is called (an option or an input)"
    if name in before:
        return f"`{name}` is said twice; leave one of them"
    key = KEYS[name]
    try:
        fits = key.accepts([value] if key.is_list and isinstance(value, str) else value)
    except TypeError:  # a list or a mapping where one of a few words is wanted
        fits = False
    return None if fits else f"`{name}` is {key.wanted}, not {_shown(value)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 - it is to stay in one line


def _entries(text: str, place: str) -> Iterator[tuple[int, Any, Any]]:
    """Yield line, key and value of each entry; raise UsageError for what is no plain mapping."""
    import yaml  # noqa: PLC0415 - takes a while, and most repositories have no such file

    try:
        _refuse_what_nobody_needs(text, place)
        loader = yaml.SafeLoader(text)
        try:
            node: Node | None = loader.get_single_node()
            if node is None:
                return
            if not isinstance(node, yaml.MappingNode):
                raise UsageError(
                    f"{place}, line 1: settings are lines like `rounds: 2`, not a list or a text", code="configuration"
                )
            for key, value in _pairs(node):
                line = key.start_mark.line + 1
                try:
                    said = loader.construct_object(key, deep=True), loader.construct_object(value, deep=True)
                except (ValueError, TypeError, OverflowError):
                    said = _scalar(key), _scalar(value)
                yield line, *said
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UsageError(
            f"{place}, line {line}: this is not YAML ({error.problem}); write `key: value`, texts in quotes",
            code="configuration",
        ) from None
    except yaml.YAMLError:  # a character that no YAML may hold
        raise UsageError(
            f"{place} holds characters that YAML does not allow; save it as plain text", code="configuration"
        ) from None


def _pairs(node: MappingNode) -> list[tuple[Node, Node]]:
    pairs: list[tuple[Node, Node]] = node.value
    return pairs


def _scalar(node: Node) -> str:
    return str(node.value)[:200]


def _refuse_what_nobody_needs(text: str, place: str) -> None:
    """Refuse anchors, aliases, tags, merges, several documents and deep nesting before anything is made of them."""
    import yaml  # noqa: PLC0415 - as above

    starts = (
        yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken,
        yaml.FlowSequenceStartToken,
    )  # fmt: skip
    ends = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
    refused = {
        yaml.AnchorToken: "anchors (&) are not read here; write the value out, or quote the text",
        yaml.AliasToken: "aliases (*) are not read here; write the value out, or quote the text",
        yaml.TagToken: "tags (!) are not read here; leave it out, or quote the text",
        yaml.DirectiveToken: "directives (%) are not read here; leave it out",
    }
    depth = documents = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        depth += isinstance(token, starts) - isinstance(token, ends)
        documents += isinstance(token, yaml.DocumentStartToken)
        problem = refused.get(type(token), "")
        if depth > _DEEPEST:
            problem = "this is nested too deeply; a setting is a text, a number, or a list of texts"
        if documents > 1:
            problem = "there is more than one document; leave one"
        if problem:
            raise UsageError(f"{place}, line {token.start_mark.line + 1}: {problem}", code="configuration")
