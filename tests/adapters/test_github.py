"""The API client against a forge that checks each request and answer against GitHub's published description."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from healer.adapters.github import GitHubClient, PullRequest
from healer.errors import DeliveryError, UsageError
from tests.forge import Answer, Forge, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REPOSITORY = "octo/shop"
BRANCH = "self-heal/0123456789abcdef"
DOCS = "https://docs.github.com/rest"
PULL = PullRequest(1, "https://x", BRANCH, "main", "a" * 40, "PR_1", "", is_draft=True, auto_merge=None, asked=())


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    source = tmp_path / "source"
    git("init", "--quiet", "--initial-branch=main", str(source))
    git("commit", "--quiet", "--allow-empty", "-m", "one", cwd=source)
    git("branch", "other", cwd=source)
    git("branch", BRANCH, cwd=source)
    with Forge(tmp_path / "forge") as server:
        server.add_repository(REPOSITORY, source)
        yield server
    assert not server.violations


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(forge: Forge, waits: list[float]) -> GitHubClient:
    return GitHubClient(forge.api_url, forge.token, REPOSITORY, wait=waits.append)


def open_one(client: GitHubClient, title: str = "Make it pass", base: str = "main") -> int:
    return client.open_pull_request(title=title, body="body", head=BRANCH, base=base).number


def test_the_default_branch_is_asked_for(client: GitHubClient) -> None:
    assert client.default_branch() == "main"


def test_a_pull_request_is_opened(client: GitHubClient, forge: Forge) -> None:
    pull = client.open_pull_request(title="Make it pass", body="body", head=BRANCH, base="main")
    assert (pull.number, pull.head, pull.base) == (1, BRANCH, "main")
    assert pull.url == f"{forge.url}/octo/shop/pull/1"
    assert [(found["title"], found["body"]) for found in forge.pulls] == [("Make it pass", "body")]


def test_an_open_pull_request_is_updated_instead_of_opening_a_second(client: GitHubClient, forge: Forge) -> None:
    assert open_one(client) == open_one(client, "Again")
    assert [found["title"] for found in forge.pulls] == ["Again"]


def test_another_base_means_another_pull_request(client: GitHubClient) -> None:
    assert open_one(client) != open_one(client, base="other")


def test_a_pull_request_that_appears_meanwhile_is_updated(client: GitHubClient, forge: Forge) -> None:
    number = open_one(client)
    forge.script("GET", "/pulls", Answer(200, []))
    assert open_one(client, "Again") == number
    assert [found["title"] for found in forge.pulls] == ["Again"]


def test_a_pull_request_that_was_opened_before_the_connection_broke_is_not_opened_twice(
    client: GitHubClient, forge: Forge
) -> None:
    open_one(client)
    forge.script("GET", "/pulls", Answer(200, []))
    forge.script("POST", "/pulls", Answer(502, {"message": "Bad Gateway"}))
    open_one(client, "Again")
    assert len(forge.pulls) == 1


def test_a_draft_is_opened_where_the_repository_has_drafts(client: GitHubClient, forge: Forge) -> None:
    client.open_pull_request(title="Make it pass", body="body", head=BRANCH, base="main", draft=True)
    assert [found["draft"] for found in forge.pulls] == [True]


def test_where_there_are_no_drafts_the_pull_request_is_opened_all_the_same(client: GitHubClient, forge: Forge) -> None:
    said = {"message": "Draft pull requests are not supported in this repository.", "documentation_url": DOCS}
    forge.script("POST", "/pulls", Answer(422, said))
    client.open_pull_request(title="Make it pass", body="body", head=BRANCH, base="main", draft=True)
    assert [found["draft"] for found in forge.pulls] == [False]


def test_a_commit_is_described(client: GitHubClient, forge: Forge) -> None:
    commit = client.commit(forge.git(REPOSITORY, "rev-parse", "main"))
    assert (commit.author, commit.committer, commit.parents) == ("ada@example.org", "ada@example.org", ())
    assert commit.tree == forge.git(REPOSITORY, "rev-parse", "main^{tree}")


@pytest.mark.parametrize(
    ("answer", "code", "advice"),
    [
        pytest.param(Answer(401, {"message": "Bad credentials"}), "token_rejected", "github.token", id="401"),
        pytest.param(
            Answer(403, {"message": "Resource not accessible by integration", "documentation_url": DOCS}),
            "permission_missing",
            "permissions: { contents: write, pull-requests: write }",
            id="403",
        ),
        pytest.param(
            Answer(
                403,
                {
                    "message": "GitHub Actions is not permitted to create or approve pull requests.",
                    "documentation_url": DOCS,
                },
            ),
            "pull_requests_not_allowed",
            "Settings > Actions > General",
            id="403 for workflows",
        ),
        pytest.param(Answer(404, {"message": "Not Found"}), "not_found", "permissions:", id="404"),
        pytest.param(Answer(301, {"message": "Moved"}, {"Location": "http://192.0.2.1/"}), "moved", "moved", id="301"),
        pytest.param(
            Answer(
                422,
                {
                    "message": "Validation Failed",
                    "documentation_url": DOCS,
                    "errors": [{"resource": "PullRequest", "code": "custom", "message": "No commits between"}],
                },
            ),
            "refused",
            "No commits between",
            id="422",
        ),
        pytest.param(
            Answer(403, {"message": "API rate limit exceeded"}, {"x-ratelimit-remaining": "0", "retry-after": "3600"}),
            "rate_limited",
            "later",
            id="rate limit for an hour",
        ),
        pytest.param(Answer(418, {"message": "teapot"}), "unexpected_answer", "teapot", id="anything else"),
        pytest.param(Answer(201, {"number": "1"}), "unexpected_answer", "GITHUB_API_URL", id="not a pull request"),
        pytest.param(Answer(200, [[[]]]), "unexpected_answer", "GITHUB_API_URL", id="not an object"),
    ],
)
def test_every_refusal_says_what_to_change(
    forge: Forge, client: GitHubClient, answer: Answer, code: str, advice: str
) -> None:
    forge.script("POST", "/pulls", answer)
    with pytest.raises(DeliveryError) as caught:
        open_one(client)
    forge.violations.clear()  # some of these answers are wrong on purpose
    assert caught.value.code == code
    assert advice in caught.value.sentence
    assert forge.token not in caught.value.sentence


@pytest.mark.parametrize(
    ("answer", "pauses"),
    [
        pytest.param(Answer(502, {"message": "Bad Gateway"}), [2.0, 4.0], id="bad gateway"),
        pytest.param(Answer(429, {"message": "slow down"}, {"retry-after": "7"}), [7.0, 7.0], id="429"),
        pytest.param(
            Answer(403, {"message": "You have exceeded a secondary rate limit"}), [10.0, 20.0], id="secondary limit"
        ),
        pytest.param(
            Answer(429, {"message": "x"}, {"retry-after": "soon"}), [10.0, 20.0], id="nonsense in retry-after"
        ),
    ],
)
def test_what_is_transient_is_tried_twice_more(
    forge: Forge, client: GitHubClient, waits: list[float], answer: Answer, pauses: list[float]
) -> None:
    forge.script("POST", "/pulls", answer, times=2)
    assert open_one(client) == 1
    assert waits == pauses


def test_an_outage_ends_in_its_sentence(forge: Forge, client: GitHubClient, waits: list[float]) -> None:
    forge.script("GET", "", Answer(503, {"message": "unavailable"}), times=9)
    with pytest.raises(DeliveryError, match="out of order") as caught:
        client.default_branch()
    assert caught.value.code == "forge_unavailable"
    assert len(waits) == 2


def test_nobody_listening_ends_in_its_sentence(tmp_path: Path, waits: list[float]) -> None:
    with Forge(tmp_path) as gone:
        address = gone.api_url
    client = GitHubClient(address, "token-of-this-test", REPOSITORY, wait=waits.append)
    with pytest.raises(DeliveryError, match="cannot be reached") as caught:
        client.default_branch()
    assert caught.value.code == "forge_unavailable"
    assert "token-of-this-test" not in caught.value.sentence


def test_a_redirect_is_not_followed_so_that_the_token_stays(forge: Forge, client: GitHubClient, tmp_path: Path) -> None:
    with Forge(tmp_path / "elsewhere") as elsewhere:
        forge.script("GET", "", Answer(302, {"message": "Found"}, {"Location": f"{elsewhere.api_url}/repos/octo/shop"}))
        with pytest.raises(DeliveryError):
            client.default_branch()
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[" * 100_000, b'"text"', b"{}", b"null", b'{"message": ' + b'"x"' + b"}", b"\xff\xfe"],
    ids=["empty", "prose", "deep", "text", "object", "null", "wrong object", "binary"],
)
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "ask", [GitHubClient.default_branch, lambda client: client.mark_ready(PULL)], ids=["REST", "GraphQL"]
)
def test_any_answer_ends_in_a_sentence(body: bytes, status: int, ask: Callable[[GitHubClient], object]) -> None:
    with _saying(status, body) as address, pytest.raises(DeliveryError, match="GitHub"):
        ask(GitHubClient(address, "t", REPOSITORY))


@pytest.mark.parametrize(
    ("below", "path"),
    [("", "/graphql"), ("/", "/graphql"), ("/api/v3", "/api/graphql"), ("/api/v3/", "/api/graphql")],
    ids=["github.com", "with a slash", "an enterprise server", "that with a slash"],
)
def test_graphql_is_asked_for_on_the_same_host(below: str, path: str) -> None:
    server = _saying(200, json.dumps({"data": {"markPullRequestReadyForReview": {"pullRequest": {}}}}).encode())
    with server as address:
        GitHubClient(address + below, "t", REPOSITORY).mark_ready(PULL)
    assert server.paths == [path]


@pytest.mark.parametrize(
    "changed",
    [
        {"auto_merge": True}, {"auto_merge": {"enabled_by": 3}}, {"user": "x"}, {"requested_reviewers": "x"},
        {"requested_reviewers": [3, {"login": 7}]}, {"requested_teams": {"a": 1}}, {"mergeable_state": ["x"]},
        {"draft": 3},
    ],
)  # fmt: skip
def test_a_pull_request_of_odd_shape_is_read_or_refused(
    forge: Forge, client: GitHubClient, changed: dict[str, object]
) -> None:
    open_one(client)
    forge.pulls[0].update(changed)
    pull = client.update_pull_request(1, title="t", body="b")
    forge.violations.clear()  # they are wrong on purpose
    assert (pull.number, pull.is_draft) == (1, False)
    assert (pull.auto_merge is None) == ("auto_merge" not in changed)


def test_an_endless_answer_is_cut_off() -> None:
    big = json.dumps({"default_branch": "x" * 9_000_000}).encode()
    with _saying(200, big) as address, pytest.raises(DeliveryError, match="longer or slower"):
        GitHubClient(address, "t", REPOSITORY).default_branch()


@pytest.mark.parametrize(
    "address",
    ["", "api.github.com", "file:///etc/passwd", "ftp://x", "https://user:pass@host", "https://host?x=1", "https://"],
)
def test_only_the_address_of_an_api_is_taken(address: str) -> None:
    with pytest.raises(UsageError):
        GitHubClient(address, "t", REPOSITORY)


@pytest.mark.parametrize("name", ["", "shop", "octo/shop/../..", "octo/sh op", "octo/shop?x", "octo/shop\n"])
def test_only_the_name_of_a_repository_is_taken(name: str) -> None:
    with pytest.raises(UsageError):
        GitHubClient("https://api.github.com", "t", name)


class _saying:  # noqa: N801 - reads as a verb
    """A server that gives one answer to everything."""

    def __init__(self, status: int, body: bytes) -> None:
        self.paths = paths = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                paths.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    return

            do_POST = do_GET  # noqa: N815 - the base class looks it up by this name

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Keep the tests' output quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
