"""A stateful stand-in for GitHub: its REST API, checked against GitHub's own description, and real git over HTTP.

Every request that reaches the API, and every answer that it gives, is validated; what does not fit the description is
collected in `violations`, which a test looks at last.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import subprocess
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockResponse

from tests.forge_http import API, Asked, ForgeServer
from tests.forge_pulls import MISSING, Answer, Pulls, description, example

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "ghs_1_forge.token-of_this_test"
__all__ = ["TOKEN", "Answer", "Forge", "git"]


@cache
def _checker() -> OpenAPI:
    return OpenAPI.from_dict(description())


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
        self.requests: list[tuple[str, str]] = []
        self.violations: list[str] = []
        self._scripts: list[_Script] = []
        self._lock = threading.RLock()
        self._server = ForgeServer((host, 0), self)
        self.pull_requests = Pulls(self.url, self.branch, self.ahead)
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
    def pulls(self) -> list[dict[str, Any]]:
        return self.pull_requests.rows

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

    def ahead(self, repository: str, base: str, commit: str) -> int | None:
        """Return how many commits one brings to a branch; None when there is no such branch or commit."""
        try:
            return int(self.git(repository, "rev-list", "--count", f"refs/heads/{base}..{commit}"))
        except subprocess.CalledProcessError:
            return None

    def refuse_pushes(self, repository: str, message: str) -> None:
        """Let a rule of the repository turn down every push with these words."""
        hook = self.directory(repository) / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ncat >&2 <<'WORDS'\n{message}\nWORDS\nexit 1\n", encoding="utf-8")
        hook.chmod(0o755)

    def script(self, method: str, path: str, answer: Answer, *, times: int = 1) -> None:
        """Give this answer to the next `times` requests whose path below the repository matches, before any state.

        With `GRAPHQL` for a method, `path` is looked for in the whole request.
        """
        self._scripts.append(_Script(method, re.compile(path), answer, times))

    def answer(self, asked: Asked, authorization: str) -> Answer:
        with self._lock:
            self.requests.append((asked.method.upper(), asked.path))
            try:
                _checker().validate_request(asked)
            except OpenAPIError as error:
                self._violated("request", asked, error)
            if not hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode()):
                return Answer(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
            answer = self._scripted(asked) or self._route(asked)
            if str(answer.status) in self._described(asked):
                self._check(asked, answer)
            return answer

    def mutate(self, content: bytes, authorization: str) -> Answer:
        """Answer a request of GraphQL's, checked against GitHub's schema."""
        with self._lock:
            if not hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode()):
                return Answer(401, {"message": "Bad credentials"})
            for script in self._scripts:
                if script.times and script.method == "GRAPHQL" and script.path.search(content.decode()):
                    script.times -= 1
                    return script.answer
            answer, wrong = self.pull_requests.mutate(content)
            self.violations += [wrong] if wrong else []
            return answer

    def _check(self, asked: Asked, answer: Answer) -> None:
        response = MockResponse(json.dumps(answer.body).encode(), answer.status, content_type="application/json")
        try:
            _checker().validate_response(asked, response)
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
        template = re.sub(r"/pulls/\d+", "/pulls/{pull_number}", template)
        template = re.sub(r"/issues/\d+", "/issues/{issue_number}", template)
        template = re.sub(r"/compare/[^/]+$", "/compare/{basehead}", template)
        template = re.sub(r"/git/commits/\w+$", "/git/commits/{commit_sha}", template)
        operation = description()["paths"].get(template, {}).get(asked.method, {})
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
            return Answer(404, MISSING)
        repository, below = match[1], match[2] or ""
        commit = re.fullmatch(r"/git/commits/([0-9a-f]{40})", below)
        compared = re.fullmatch(r"/compare/([^/]+)\.\.\.([0-9a-f]{40})", below)
        answer = Answer(404, MISSING)
        if asked.method == "get" and not below:
            answer = self._repository(repository)
        elif asked.method == "get" and commit:
            answer = self._commit(repository, commit[1])
        elif asked.method == "get" and compared:
            answer = self._comparison(repository, unquote(compared[1]), compared[2], dict(asked.query))
        elif found := self.pull_requests.route(asked.method, repository, below, dict(asked.query), asked.body):
            answer = found
        return answer

    def _repository(self, repository: str) -> Answer:
        found = example("full-repository-default-response")
        default = self.git(repository, "symbolic-ref", "--short", "HEAD")
        for name in ("parent", "source", "template_repository"):  # GitHub's example has fewer fields than its schema
            found.pop(name, None)
        return Answer(
            200,
            found
            | {"full_name": repository, "default_branch": default, "language": "Python"}
            | self.pull_requests.rules,
        )

    def _commit(self, repository: str, commit: str) -> Answer:
        form = "%H%n%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B"
        try:
            lines = self.git(repository, "show", "--no-patch", f"--format={form}", commit).split("\n", 9)
        except subprocess.CalledProcessError:
            return Answer(404, MISSING)
        address = f"https://api.github.com/repos/{repository}/git"
        parents = [{"sha": sha, "url": f"{address}/commits/{sha}", "html_url": address} for sha in lines[2].split()]
        found = example("git-commit-2") | {
            "sha": lines[0],
            "tree": {"sha": lines[1], "url": f"{address}/trees/{lines[1]}"},
            "parents": parents,
            "author": {"name": lines[3], "email": lines[4], "date": lines[5]},
            "committer": {"name": lines[6], "email": lines[7], "date": lines[8]},
            "message": lines[9],
        }
        return Answer(200, found)

    def _comparison(self, repository: str, base: str, commit: str, query: dict[str, str]) -> Answer:
        """Compare: the first page alone has the changed files, of any size, and the one commit that there is."""
        count = self.ahead(repository, base, commit)
        if count is None:
            return Answer(404, MISSING)
        found = example("commit-comparison") | {"total_commits": count, "ahead_by": count}
        if query.get("page", "1") == "1":
            found["files"][0]["patch"] = "x" * 9_000_000
            return Answer(200, found)
        return Answer(200, {key: value for key, value in found.items() if key != "files"} | {"commits": []})


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
