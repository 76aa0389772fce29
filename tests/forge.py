"""A stateful stand-in for GitHub: its REST API, checked against GitHub's own description, and real git over HTTP.

Every request that reaches the API, and every answer that it gives, is validated; what does not fit the description is
collected in `violations`, which a test looks at last.
"""

from __future__ import annotations

import copy
import hmac
import json
import os
import re
import subprocess
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockResponse

from tests.forge_http import API, Asked, ForgeServer

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = "ghs_1_forge.token-of_this_test"
DESCRIPTION = Path(__file__).with_name("data") / "github-openapi.json"
_MISSING = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}


@cache
def _description() -> tuple[dict[str, Any], OpenAPI]:
    document = json.loads(DESCRIPTION.read_bytes())
    return document, OpenAPI.from_dict(document)


def _example(name: str) -> Any:
    return copy.deepcopy(_description()[0]["components"]["examples"][name]["value"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API says to one request."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Script:
    method: str
    path: re.Pattern[str]
    answer: Answer
    times: int


class Forge:
    """One server with repositories, branches and pull requests; `token` may do everything until told otherwise."""

    def __init__(self, root: Path, *, token: str = TOKEN, host: str = "127.0.0.1") -> None:
        self.root = root
        self.token = token
        self.pulls: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.violations: list[str] = []
        self._scripts: list[_Script] = []
        self._lock = threading.RLock()
        self._server = ForgeServer((host, 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def api_url(self) -> str:
        return self.url + API

    def directory(self, repository: str) -> Path:
        return self.root / f"{repository}.git"

    def add_repository(self, repository: str, source: Path) -> None:
        """Take over a local repository's branches."""
        git("clone", "--quiet", "--bare", "--no-local", "--template=", str(source), str(self.directory(repository)))

    def git(self, repository: str, *arguments: str) -> str:
        return git("--git-dir", str(self.directory(repository)), *arguments)

    def branch(self, repository: str, name: str) -> str | None:
        found = self.git(repository, "for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")
        return found or None

    def refuse_pushes(self, repository: str, message: str) -> None:
        """Let a rule of the repository turn down every push with these words."""
        hook = self.directory(repository) / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ncat >&2 <<'WORDS'\n{message}\nWORDS\nexit 1\n", encoding="utf-8")
        hook.chmod(0o755)

    def script(self, method: str, path: str, answer: Answer, *, times: int = 1) -> None:
        """Give this answer to the next `times` requests whose path below the repository matches, before any state."""
        self._scripts.append(_Script(method, re.compile(path), answer, times))

    def answer(self, asked: Asked, authorization: str) -> Answer:
        with self._lock:
            self.requests.append((asked.method.upper(), asked.path))
            try:
                _description()[1].validate_request(asked)
            except OpenAPIError as error:
                self._violated("request", asked, error)
            if not hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode()):
                return Answer(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
            answer = self._scripted(asked) or self._route(asked)
            if str(answer.status) in self._described(asked):
                self._check(asked, answer)
            return answer

    def _check(self, asked: Asked, answer: Answer) -> None:
        response = MockResponse(json.dumps(answer.body).encode(), answer.status, content_type="application/json")
        try:
            _description()[1].validate_response(asked, response)
        except OpenAPIError as error:
            self._violated("answer", asked, error)

    def _violated(self, what: str, asked: Asked, error: OpenAPIError) -> None:
        cause = error.__cause__ or error
        errors = [wrong.message for wrong in getattr(cause, "schema_errors", ())] or [str(cause)]
        self.violations.append(
            f"{what} of {asked.method} {asked.path}: {type(error).__name__}: {'; '.join(errors)[:500]}"
        )

    @staticmethod
    def _described(asked: Asked) -> set[str]:
        template = re.sub(r"^/repos/[^/]+/[^/]+", "/repos/{owner}/{repo}", asked.path)
        template = re.sub(r"/pulls/\d+$", "/pulls/{pull_number}", template)
        template = re.sub(r"/git/commits/\w+$", "/git/commits/{commit_sha}", template)
        operation = _description()[0]["paths"].get(template, {}).get(asked.method, {})
        return set(operation.get("responses", {}))

    def _scripted(self, asked: Asked) -> Answer | None:
        below = re.sub(r"^/repos/[^/]+/[^/]+", "", asked.path)
        for script in self._scripts:
            if script.times and script.method.lower() == asked.method and script.path.fullmatch(below):
                script.times -= 1
                return script.answer
        return None

    def _route(self, asked: Asked) -> Answer:
        match = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", asked.path)
        if not match or not self.directory(match[1]).is_dir():
            return Answer(404, _MISSING)
        repository, below = match[1], match[2] or ""
        number = re.fullmatch(r"/pulls/(\d+)", below)
        commit = re.fullmatch(r"/git/commits/([0-9a-f]{40})", below)
        answer = Answer(404, _MISSING)
        if asked.method == "get" and not below:
            answer = self._repository(repository)
        elif asked.method == "get" and commit:
            answer = self._commit(repository, commit[1])
        elif asked.method == "get" and below == "/pulls":
            answer = self._list(repository, dict(asked.query))
        elif asked.method == "post" and below == "/pulls":
            answer = self._open(repository, json.loads(asked.body))
        elif asked.method == "patch" and number:
            answer = self._update(repository, int(number[1]), json.loads(asked.body))
        return answer

    def _repository(self, repository: str) -> Answer:
        found = _example("full-repository-default-response")
        default = self.git(repository, "symbolic-ref", "--short", "HEAD")
        for name in ("parent", "source", "template_repository"):  # GitHub's example has fewer fields than its schema
            found.pop(name, None)
        return Answer(200, found | {"full_name": repository, "default_branch": default, "language": "Python"})

    def _commit(self, repository: str, commit: str) -> Answer:
        form = "%H%n%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B"
        try:
            lines = self.git(repository, "show", "--no-patch", f"--format={form}", commit).split("\n", 9)
        except subprocess.CalledProcessError:
            return Answer(404, _MISSING)
        address = f"https://api.github.com/repos/{repository}/git"
        parents = [{"sha": sha, "url": f"{address}/commits/{sha}", "html_url": address} for sha in lines[2].split()]
        found = _example("git-commit-2") | {
            "sha": lines[0],
            "tree": {"sha": lines[1], "url": f"{address}/trees/{lines[1]}"},
            "parents": parents,
            "author": {"name": lines[3], "email": lines[4], "date": lines[5]},
            "committer": {"name": lines[6], "email": lines[7], "date": lines[8]},
            "message": lines[9],
        }
        return Answer(200, found)

    def _list(self, repository: str, query: dict[str, str]) -> Answer:
        found = []
        for pull in reversed(self.pulls):
            wanted = query.get("head", pull["head"]["label"]) == pull["head"]["label"]
            wanted = wanted and query.get("base", pull["base"]["ref"]) == pull["base"]["ref"]
            if wanted and query.get("state", "open") in {pull["state"], "all"} and pull["repository"] == repository:
                simple = _example("pull-request-simple-items")[0]
                found.append(simple | {key: pull[key] for key in simple if key in pull})
        return Answer(200, found)

    def _open(self, repository: str, wanted: dict[str, Any]) -> Answer:
        owner = repository.partition("/")[0]
        label = f"{owner}:{wanted['head']}"
        for name in ("head", "base"):
            if self.branch(repository, wanted[name]) is None:
                return _invalid([{"resource": "PullRequest", "field": name, "code": "invalid"}])
        if any(
            pull["state"] == "open" and pull["head"]["label"] == label and pull["base"]["ref"] == wanted["base"]
            for pull in self.pulls
        ):
            said = f"A pull request already exists for {label}."
            return _invalid([{"resource": "PullRequest", "code": "custom", "message": said}])
        pull = _example("pull-request")
        number = len(self.pulls) + 1
        pull |= {
            "number": number,
            "html_url": f"{self.url}/{repository}/pull/{number}",
            "title": wanted["title"],
            "body": wanted.get("body"),
            "state": "open",
            "draft": wanted.get("draft", False),
            "requested_teams": [],
        }
        for name in ("head", "base"):
            sha = self.branch(repository, wanted[name])
            pull[name] |= {"ref": wanted[name], "sha": sha, "label": f"{owner}:{wanted[name]}"}
        self.pulls.append(pull | {"repository": repository})
        return Answer(201, pull)

    def _update(self, repository: str, number: int, wanted: dict[str, Any]) -> Answer:
        for pull in self.pulls:
            if pull["number"] == number and pull["repository"] == repository:
                pull.update(wanted)
                return Answer(200, {key: value for key, value in pull.items() if key != "repository"})
        return Answer(404, _MISSING)


def _invalid(errors: list[dict[str, str]]) -> Answer:
    body = {"message": "Validation Failed", "documentation_url": "https://docs.github.com/rest", "errors": errors}
    return Answer(422, body)


def git(*arguments: str, cwd: Path | None = None) -> str:
    """Run git with nobody's configuration and return what it printed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }
    done = subprocess.run(["git", *arguments], cwd=cwd, env=environment, capture_output=True, check=True)
    return done.stdout.decode().rstrip("\n")
