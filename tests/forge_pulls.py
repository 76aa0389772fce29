"""The pull requests of the stand-in for GitHub: opened, listed, reviewed, made drafts, merged by nobody."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DATA = Path(__file__).with_name("data")
MISSING = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
_MUTATION = re.compile(r"mutation\(\$input: (\w+)!\) \{ (\w+)\(input: \$input\) \{ pullRequest \{ ([^$]*) \} \} \}")
_QUERY = re.compile(r"query\(\$(\w+): (\S+)\) \{ (\w+)\((\w+): \$\1\) \{ \.\.\. on (\w+) \{ (\w+) \} \} \}")
_NOT_COLLABORATORS = (
    "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a "
    "collaborator of the repository."
)


@cache
def description() -> dict[str, Any]:
    """Return GitHub's description of its REST API, as much of it as is used."""
    document: dict[str, Any] = json.loads((DATA / "github-openapi.json").read_bytes())
    return document


@cache
def schema() -> dict[str, Any]:
    """Return GitHub's GraphQL schema, as much of it as is used."""
    document: dict[str, Any] = json.loads((DATA / "github-graphql.json").read_bytes())
    return document


def example(name: str) -> Any:
    """Return one of the answers that the description gives for an example."""
    return copy.deepcopy(description()["components"]["examples"][name]["value"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API says to one request."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(errors: list[dict[str, str]], message: str = "Validation Failed") -> Answer:
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "errors": errors}
    return Answer(422, body)


@dataclass(slots=True)
class Pulls:
    """All pull requests of a forge; `branch` looks a branch of a repository up, `ahead` counts what it lacks."""

    url: str
    branch: Callable[[str, str], str | None]
    ahead: Callable[[str, str, str], int | None]
    login: str = "github-actions[bot]"
    """Whom the token belongs to."""
    collaborators: set[str] = field(default_factory=set)
    """Logins and `team:slug`s that may be asked for a review."""
    rules: dict[str, bool] = field(default_factory=lambda: {"allow_auto_merge": True})
    states: list[str] = field(default_factory=lambda: ["unknown", "blocked"])
    """What is said of a merge, one look after the other; the last one stays."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    reviews: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    mutations: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def route(self, method: str, repository: str, below: str, query: dict[str, str], body: bytes) -> Answer | None:
        """Answer a REST request below a repository; None for what is no pull request's."""
        match = re.fullmatch(r"/(?:pulls|issues(?=/\d+/(?:comments|events)$))(?:/(\d+)(/\w+)?)?", below)
        if match is None:
            return None
        wanted = json.loads(body or b"{}")
        if match[1] is None:
            return self._list(repository, query) if method == "get" else self._open(repository, wanted)
        row = next((row for row in self.rows if row["number"] == int(match[1])), None)
        if row is None or row["repository"] != repository:
            return Answer(404, MISSING)
        return self._route_one(row, method, match[2], wanted)

    def _route_one(self, row: dict[str, Any], method: str, below: str | None, wanted: dict[str, Any]) -> Answer:
        match (method, below):
            case ("get", None):
                state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
                return Answer(200, self._shown(row) | {"mergeable_state": state})
            case ("get", "/reviews" | "/comments" | "/events"):
                kept = {"/reviews": self.reviews, "/comments": self.comments, "/events": self.events}[below]
                return Answer(200, kept.get(row["number"], []))
            case ("patch", None):
                row.update(wanted)
                return Answer(200, self._shown(row))
            case ("post", "/requested_reviewers"):
                return self._request(row, wanted)
        return Answer(404, MISSING)

    def mutate(self, content: bytes) -> tuple[Answer, str | None]:
        """Answer a GraphQL request; return with it what the schema has against it."""
        asked = json.loads(content)
        if match := _QUERY.fullmatch(asked["query"]):
            return self._look(match, asked["variables"])
        match = _MUTATION.fullmatch(asked["query"])
        known = schema()["mutations"].get(match[2]) if match else None
        if match is None or known is None:
            return Answer(200, {"errors": [{"message": "no such mutation"}]}), f"no such mutation: {asked['query']}"
        given = asked["variables"]["input"]
        wrong = [] if match[1] == known["input"] else [f"{match[1]} is not {known['input']}"]
        wrong += [f"no field {name}" for name in given if name not in known["fields"]]
        wrong += [
            f"{name} is lacking" for name, kind in known["fields"].items() if kind[-1] == "!" and name not in given
        ]
        selected = re.findall(r"(\w+)(?: \{ (\w+) \})?", match[3])
        wrong += [f"PullRequest has no {name}" for name, _ in selected if name not in schema()["PullRequest"]]
        wrong += [
            f"{name} has no {inner}" for name, inner in selected if inner and inner not in schema()["AutoMergeRequest"]
        ]
        if given.get("mergeMethod", "MERGE") not in schema()["PullRequestMergeMethod"]:
            wrong.append("no such merge method")
        self.mutations.append((match[2], given))
        row = next((row for row in self.rows if row["node_id"] == given["pullRequestId"]), None)
        if row is None:
            return _refusal("NOT_FOUND", "Could not resolve to a node"), "; ".join(wrong) or None
        return self._change(match[2], row, given), "; ".join(wrong) or None

    def _look(self, match: re.Match[str], variables: dict[str, str]) -> tuple[Answer, str | None]:
        variable, kind, name, argument, of, wanted = match.groups()
        described = schema()["queries"].get(name, {"arguments": {}})["arguments"]
        right = (
            described == {argument: kind} and of == "PullRequest" and wanted in schema()[of] and variable in variables
        )
        row = next((row for row in self.rows if row["node_id"] == variables.get(variable)), None)
        if row is None:
            return _refusal("NOT_FOUND", "Could not resolve to a node"), None
        shown = {"viewerDidAuthor": row["user"]["login"] == self.login}
        return Answer(200, {"data": {name: shown}}), None if right else f"no such query: {match[0]}"

    def _change(self, name: str, row: dict[str, Any], given: dict[str, str]) -> Answer:
        tip = self._shown(row)["head"]["sha"]
        match name:
            case "enablePullRequestAutoMerge":
                if given.get("expectedHeadOid", tip) != tip:
                    return _refusal("UNPROCESSABLE", "Head sha didn't match expected head sha")
                if self.states[0] == "clean":
                    return _refusal("UNPROCESSABLE", "Pull request Pull request is in clean status")
                self.enable(row, self.login, given["mergeMethod"].lower())
            case "disablePullRequestAutoMerge":
                row["auto_merge"] = None
            case _:
                self.draft(row, self.login, draft=name == "convertPullRequestToDraft")
        on = row["auto_merge"]
        shown = {
            "headRefOid": tip,
            "isDraft": row["draft"],
            "autoMergeRequest": {"mergeMethod": on["merge_method"].upper()} if on else None,
        }
        return Answer(200, {"data": {name: {"pullRequest": shown}}})

    def enable(self, row: dict[str, Any], login: str, method: str = "squash") -> None:
        """Enable auto-merge by somebody's hand."""
        by = row["user"] | {"login": login}
        row["auto_merge"] = {"enabled_by": by, "merge_method": method, "commit_title": "t", "commit_message": "m"}

    def draft(self, row: dict[str, Any], login: str, *, draft: bool = True) -> None:
        """Make a pull request a draft, or ready, by somebody's hand."""
        row["draft"] = draft
        [event] = example("issue-event-for-issue-items")
        happened = {"event": "convert_to_draft" if draft else "ready_for_review", "commit_id": None, "commit_url": None}
        del event["label"]
        self.events.setdefault(row["number"], []).append(
            event | happened | {"actor": event["actor"] | {"login": login}, "performed_via_github_app": None}
        )

    def comment(self, row: dict[str, Any], login: str) -> None:
        """Comment on a pull request by somebody's hand."""
        [comment] = example("issue-comment-items")
        self.comments.setdefault(row["number"], []).append(comment | {"user": comment["user"] | {"login": login}})

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        found = {key: value for key, value in row.items() if key != "repository"}
        tip = self.branch(row["repository"], row["head"]["ref"])
        count = self.ahead(row["repository"], row["base"]["ref"], tip) if tip else None
        return found | {"head": found["head"] | ({"sha": tip} if tip else {}), "commits": count or 0}

    def _list(self, repository: str, query: dict[str, str]) -> Answer:
        found = []
        for row in reversed(self.rows):
            wanted = query.get("head", row["head"]["label"]) == row["head"]["label"]
            wanted = wanted and query.get("base", row["base"]["ref"]) == row["base"]["ref"]
            if wanted and query.get("state", "open") in {row["state"], "all"} and row["repository"] == repository:
                simple = example("pull-request-simple-items")[0]
                shown = self._shown(row)
                found.append(simple | {key: shown[key] for key in simple if key in shown})
        return Answer(200, found)

    def _open(self, repository: str, wanted: dict[str, Any]) -> Answer:
        owner = repository.partition("/")[0]
        label = f"{owner}:{wanted['head']}"
        for name in ("head", "base"):
            if self.branch(repository, wanted[name]) is None:
                return invalid([{"resource": "PullRequest", "field": name, "code": "invalid"}])
        if any(
            row["state"] == "open" and row["head"]["label"] == label and row["base"]["ref"] == wanted["base"]
            for row in self.rows
        ):
            said = f"A pull request already exists for {label}."
            return invalid([{"resource": "PullRequest", "code": "custom", "message": said}])
        row = example("pull-request")
        number = len(self.rows) + 1
        row |= {
            "number": number,
            "node_id": f"PR_{number}",
            "html_url": f"{self.url}/{repository}/pull/{number}",
            "user": row["user"] | {"login": self.login},
            "title": wanted["title"],
            "body": wanted.get("body"),
            "state": "open",
            "draft": wanted.get("draft", False),
            "requested_reviewers": [],
            "requested_teams": [],
            "mergeable_state": "unknown",
        }
        for name in ("head", "base"):
            sha = self.branch(repository, wanted[name])
            row[name] |= {"ref": wanted[name], "sha": sha, "label": f"{owner}:{wanted[name]}"}
        self.rows.append(row | {"repository": repository})
        return Answer(201, row)

    def _request(self, row: dict[str, Any], wanted: dict[str, list[str]]) -> Answer:
        users, teams = wanted.get("reviewers", []), wanted.get("team_reviewers", [])
        if row["user"]["login"] in users:
            return invalid([], "Review cannot be requested from pull request author.")
        if not {*users, *(f"team:{slug}" for slug in teams)} <= self.collaborators:
            return invalid([], _NOT_COLLABORATORS)
        team = example("pull-request-simple-items")[0]["requested_teams"][0]
        row["requested_reviewers"] += [row["user"] | {"login": login} for login in users]
        row["requested_teams"] += [team | {"slug": slug, "type": "organization"} for slug in teams]
        simple, shown = example("pull-request-simple-items")[0], self._shown(row)
        return Answer(201, simple | {key: shown[key] for key in simple if key in shown})


def _refusal(kind: str, message: str) -> Answer:
    return Answer(200, {"data": None, "errors": [{"type": kind, "message": message}]})
