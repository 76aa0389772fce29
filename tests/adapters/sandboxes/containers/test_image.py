"""Names of images are checked before an engine hears of them, and what cannot be had says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.adapters.sandboxes.containers.image import Reference, obtain
from healer.errors import ImageUnavailable, UsageError
from tests.adapters.sandboxes.containers.answering import InTurn, answering

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = f"sha256:{'0a' * 32}"
NODE = {
    "Id": DIGEST,
    "Os": "linux",
    "Config": {"Env": ["PATH=/bin", "A=b=c"], "Volumes": {"/data": {}, "/": {}, "/a:b": {}}},
}


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("node", "node", "latest"),
        ("node:22", "node", "22"),
        ("node:22-slim", "node", "22-slim"),
        ("library/node", "library/node", "latest"),
        ("ghcr.io/owner/a-b.c__d:v1", "ghcr.io/owner/a-b.c__d", "v1"),
        ("localhost:5000/x:1", "localhost:5000/x", "1"),
        ("127.0.0.1:5000/x", "127.0.0.1:5000/x", "latest"),
        (f"node@{DIGEST}", "node", DIGEST),
        (f"node:22@{DIGEST}", "node", DIGEST),
    ],
)
def test_a_name_is_taken_apart(text: str, name: str, version: str) -> None:
    reference = Reference.read(text)
    assert (reference.name, reference.version) == (name, version)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-v", "--privileged", "--volume=/:/x", "Node", "node:", "node:-1", "node:a b", "node\n", "node:22\n",
        "/node", "node/", "a//b", "../x", "x/../y", "http://x/y", "node@sha256:12", "node?x=1", "x%2f", "no de", "é",
        "a" * 300, f"node:{'1' * 129}", "x;y", "$(x)", "a@b", "node:22/../../containers",
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not the name of an image"):
        Reference.read(text)


def test_an_image_that_is_here_is_not_fetched(tmp_path: Path) -> None:
    said: list[str] = []
    with answering(tmp_path, {"GET /images/node:22/json": NODE}) as (engine, server):
        image = obtain(engine, Reference.read("node:22"), lambda *words: said.append(words[1]))
    assert (image.identity, image.path, image.environment["A"], image.volumes) == (DIGEST, "/bin", "b=c", ("/data",))
    assert (said, len(server.seen)) == ([], 1)


def test_an_image_that_is_not_here_is_fetched_aloud(tmp_path: Path) -> None:
    said: list[str] = []
    replies = {
        "GET /images/node:22/json": InTurn((404, {"message": "no"}), NODE),
        "POST /images/create": b'{"status": "Pulling"}\n{"status": "Done"}\n',
    }
    with answering(tmp_path, replies) as (engine, server):
        obtain(engine, Reference.read("node:22"), lambda *words: said.append(words[1]))
    assert said == ["fetching the image node:22, which the container engine does not have yet"]
    assert server.seen[1][0] == "POST /images/create?fromImage=node&tag=22"


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        pytest.param(
            {"POST /images/create": b'{"error": "manifest unknown"}\n'}, "manifest unknown", id="in the stream"
        ),
        pytest.param({"POST /images/create": (500, {"message": "no route"})}, "no route", id="at once"),
        pytest.param({"POST /images/create": b"{}"}, "the engine does not know it", id="nothing came of it"),
        pytest.param(
            {"GET /images/node:latest/json": NODE | {"Os": "windows"}}, "it is for windows", id="another system"
        ),
    ],
)
def test_an_image_that_cannot_be_had_says_why(tmp_path: Path, replies: dict[str, object], why: str) -> None:
    with answering(tmp_path, replies) as (engine, _), pytest.raises(ImageUnavailable, match=f"cannot be had: .*{why}"):
        obtain(engine, Reference.read("node"), lambda *_: None)
