"""What follows a delivery, against a forge that checks REST by GitHub's description and GraphQL by its schema."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from healer.adapters.following import Following, Handed
from healer.adapters.github import GitHubClient
from healer.delivery.wishes import Wishes
from healer.errors import DeliveryError
from healer.models.change import Analysis
from healer.models.outcome import Confidence, Delivered, Fix
from tests.forge import Answer, Forge, git
from tests.forge_pulls import example

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

REPOSITORY = "octo/shop"
BRANCH = "self-heal/0123456789abcdef"
STRONG, GOOD, THIN = Confidence(0.95), Confidence(0.8), Confidence(0.6)
FIX = Fix("a" * 40, "", ("cart.py",), "embedded", None, Analysis(), ("It passes.",), confidence=STRONG)
MERGE = Wishes(auto_merge=True)
REFUSED = {"data": None, "errors": [{"type": "UNPROCESSABLE", "message": "Pull request refused for a reason"}]}


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    source = tmp_path / "source"
    git("init", "--quiet", "--initial-branch=main", str(source))
    for branch in ("older", "base", BRANCH, "next"):
        git("commit", "--quiet", "--allow-empty", "-m", branch, cwd=source)
        git("branch", branch, cwd=source)
        if branch == BRANCH:
            git("reset", "--quiet", "--hard", "base", cwd=source)  # what comes next replaces it
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


def opened(client: GitHubClient, forge: Forge, *, draft: bool = False) -> Handed:
    """Open a pull request, as a first delivery does."""
    pull = client.open_pull_request(title="t", body="b", head=BRANCH, base="base", draft=draft)
    return Handed(pull, None, tip(forge), pushed=True)


def again(client: GitHubClient, forge: Forge, *, pushed: bool) -> Handed:
    """Come back to a pull request that is open, as a later delivery does: auto-merge is released, the branch pushed."""
    [before] = client.open_pull_requests(BRANCH)
    if pushed:
        Following(client).release(before)
        forge.git(REPOSITORY, "update-ref", f"refs/heads/{BRANCH}", "next")
    return Handed(client.update_pull_request(before.number, title="t", body="b"), before, tip(forge), pushed)


def tip(forge: Forge) -> str:
    return str(forge.branch(REPOSITORY, BRANCH))


def settled(client: GitHubClient, handed: Handed, fix: Fix = FIX, wishes: Wishes = MERGE) -> Delivered:
    return Following(client, wishes, isolated=True).settle(fix, handed)


def mutations(forge: Forge) -> list[str]:
    return [name for name, _ in forge.pull_requests.mutations]


def only(delivered: Delivered) -> str:
    [note] = delivered.notes
    return note


def test_a_strong_change_is_merged_by_github_once_its_requirements_are_met(client: GitHubClient, forge: Forge) -> None:
    delivered = settled(client, opened(client, forge))
    assert (delivered.auto_merge, delivered.notes) == (True, ())
    given = {"pullRequestId": "PR_1", "expectedHeadOid": tip(forge), "mergeMethod": "SQUASH"}
    assert forge.pull_requests.mutations == [("enablePullRequestAutoMerge", given)]
    assert not [path for method, path in forge.requests if method == "PUT" or path.endswith("/merge")]


def test_without_the_wish_nothing_is_enabled_and_nothing_said(client: GitHubClient, forge: Forge) -> None:
    delivered = settled(client, opened(client, forge), wishes=Wishes())
    assert (delivered.auto_merge, delivered.notes, mutations(forge)) == (False, (), [])


@pytest.mark.parametrize(
    ("fix", "isolated", "why"),
    [
        pytest.param(replace(FIX, confidence=Confidence(0.899)), True, "is 0.899, below 0.9", id="just below"),
        pytest.param(replace(FIX, confidence=THIN), True, "is 0.600, below 0.9", id="thin"),
        pytest.param(replace(FIX, confidence=None), True, "not weighed", id="not weighed"),
        pytest.param(replace(FIX, remaining=("t",)), True, "other causes remain", id="in part"),
        pytest.param(replace(FIX, flags=1), True, "a person has to look at", id="flagged"),
        pytest.param(FIX, False, "not isolated", id="no sandbox"),
    ],
)
def test_what_speaks_against_it_leaves_the_merge_to_a_person(
    client: GitHubClient, forge: Forge, fix: Fix, why: str, *, isolated: bool
) -> None:
    delivered = Following(client, MERGE, isolated).settle(fix, opened(client, forge))
    assert not delivered.auto_merge
    assert why in only(delivered)
    assert mutations(forge) == []


@pytest.mark.parametrize(
    ("rules", "method"),
    [
        ({"allow_auto_merge": True}, "SQUASH"),
        ({"allow_auto_merge": True, "allow_squash_merge": False}, "MERGE"),
        ({"allow_auto_merge": True, "allow_squash_merge": False, "allow_merge_commit": False}, "REBASE"),
    ],
    ids=["all allowed", "no squash", "rebase alone"],
)
def test_the_way_of_merging_is_one_that_the_repository_allows(
    client: GitHubClient, forge: Forge, rules: dict[str, bool], method: str
) -> None:
    forge.pull_requests.rules = rules
    assert settled(client, opened(client, forge)).auto_merge
    assert forge.pull_requests.mutations[0][1]["mergeMethod"] == method


def test_a_repository_that_does_not_allow_it_is_told_where_to_tick(client: GitHubClient, forge: Forge) -> None:
    forge.pull_requests.rules = {"allow_auto_merge": False}
    assert "tick `Allow auto-merge`" in only(settled(client, opened(client, forge)))
    assert mutations(forge) == []


@pytest.mark.parametrize("told", [{}, {"allow_auto_merge": True}], ids=["nothing", "no way of merging"])
def test_what_a_repository_does_not_tell_of_is_not_allowed(
    client: GitHubClient, forge: Forge, told: dict[str, bool]
) -> None:
    handed = opened(client, forge)
    forge.script("GET", "", Answer(200, {"default_branch": "main"} | told))
    assert "does not allow it" in only(settled(client, handed))
    forge.violations.clear()  # the description has the repository's rules optional, and other fields not
    assert mutations(forge) == []


@pytest.mark.parametrize(
    ("states", "why"),
    [
        pytest.param(["clean"], "base requires nothing that is still to come", id="no protection"),
        pytest.param(["unknown", "clean"], "base requires nothing that is still to come", id="worked out late"),
        pytest.param(["unstable"], "base requires nothing that is still to come", id="optional checks run"),
        pytest.param(["has_hooks"], "base requires nothing that is still to come", id="hooks"),
        pytest.param(["dirty"], "it conflicts with base", id="conflict"),
        pytest.param(["draft"], "it is a draft", id="draft"),
        pytest.param(["unknown"], "did not say in time", id="never worked out"),
        pytest.param(["new-state"], "`new-state`, which is not known here", id="a state of the future"),
    ],
)
def test_what_could_be_merged_at_once_is_never_offered(
    client: GitHubClient, forge: Forge, waits: list[float], states: list[str], why: str
) -> None:
    forge.pull_requests.states = states
    assert why in only(settled(client, opened(client, forge)))
    assert mutations(forge) == []
    assert sum(waits) < 60


def test_a_branch_that_is_behind_waits_for_something(client: GitHubClient, forge: Forge) -> None:
    forge.pull_requests.states = ["behind"]
    assert settled(client, opened(client, forge)).auto_merge


def test_a_push_that_github_notices_late_is_waited_for(client: GitHubClient, forge: Forge, waits: list[float]) -> None:
    handed = opened(client, forge)
    late = {key: value for key, value in forge.pulls[0].items() if key != "repository"} | {"mergeable_state": "blocked"}
    forge.script("GET", "/pulls/1", Answer(200, late | {"head": late["head"] | {"sha": "b" * 40}}), times=2)
    forge.pull_requests.states = ["blocked"]
    assert settled(client, handed).auto_merge
    assert len(waits) == 2


def test_a_branch_that_somebody_moved_is_not_offered(client: GitHubClient, forge: Forge) -> None:
    handed = opened(client, forge)
    forge.git(REPOSITORY, "update-ref", f"refs/heads/{BRANCH}", "next")
    assert "has moved" in only(settled(client, handed))
    assert mutations(forge) == []


def test_github_refuses_for_a_branch_that_moves_at_the_last_moment(client: GitHubClient, forge: Forge) -> None:
    handed = opened(client, forge)
    stale = client.pull_request(1)
    forge.git(REPOSITORY, "update-ref", f"refs/heads/{BRANCH}", "next")
    with pytest.raises(DeliveryError, match="didn't match expected head"):
        client.enable_auto_merge(stale, handed.commit, "SQUASH")
    assert forge.pulls[0]["auto_merge"] is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(200, REFUSED), "refused for a reason", id="unprocessable"),
        pytest.param(
            Answer(200, {"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}),
            "permissions: { contents: write, pull-requests: write }",
            id="forbidden",
        ),
        pytest.param(Answer(200, {"errors": [{"type": "RATE_LIMITED", "message": "x"}]}), "rate limit", id="limit"),
        pytest.param(Answer(200, {"errors": ["x", 3]}), "refused it (x; 3)", id="errors of another kind"),
        pytest.param(Answer(200, {"errors": "x"}), "no reason given", id="errors that are none"),
        pytest.param(Answer(200, {"data": None}), "not what its API describes", id="no data"),
        pytest.param(Answer(200, [1]), "not what its API describes", id="no object"),
        pytest.param(Answer(404, {"message": "Not Found"}), "answered 404", id="no GraphQL here"),
        pytest.param(Answer(302, {"message": "Found"}, {"Location": "http://192.0.2.1/"}), "answered 302", id="302"),
    ],
)
def test_a_refusal_is_a_note_and_never_an_error_or_a_merge(
    client: GitHubClient, forge: Forge, answer: Answer, words: str
) -> None:
    forge.script("GRAPHQL", "enablePullRequestAutoMerge", answer, times=3)
    delivered = settled(client, opened(client, forge))
    assert not delivered.auto_merge
    assert words in only(delivered)
    assert forge.token not in only(delivered)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"headRefOid": "b" * 40, "autoMergeRequest": {"mergeMethod": "SQUASH"}}, id="another commit"),
        pytest.param({"headRefOid": None, "autoMergeRequest": {"mergeMethod": "SQUASH"}}, id="no commit"),
        pytest.param({"autoMergeRequest": None}, id="not on"),
    ],
)
def test_what_is_on_for_another_commit_is_switched_off(
    client: GitHubClient, forge: Forge, changed: dict[str, Any]
) -> None:
    answer = Answer(200, {"data": {"enablePullRequestAutoMerge": {"pullRequest": changed}}})
    forge.script("GRAPHQL", "enablePullRequestAutoMerge", answer)
    delivered = settled(client, opened(client, forge))
    assert "does not say that it is on" in only(delivered)
    assert mutations(forge) == ["disablePullRequestAutoMerge"]


def test_after_a_push_it_is_off_until_it_is_enabled_for_the_new_commit(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge))
    delivered = settled(client, again(client, forge, pushed=True))
    assert delivered.auto_merge
    assert mutations(forge) == [
        "enablePullRequestAutoMerge", "disablePullRequestAutoMerge", "enablePullRequestAutoMerge",
    ]  # fmt: skip
    assert forge.pull_requests.mutations[-1][1]["expectedHeadOid"] == forge.git(REPOSITORY, "rev-parse", "next")


def test_after_a_push_with_weaker_evidence_it_stays_off(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge))
    delivered = settled(client, again(client, forge, pushed=True), replace(FIX, confidence=GOOD))
    assert not delivered.auto_merge
    assert forge.pulls[0]["auto_merge"] is None


def test_one_who_enables_it_between_the_look_and_the_push_is_too_late(client: GitHubClient, forge: Forge) -> None:
    opened(client, forge)
    handed = again(client, forge, pushed=True)
    forge.pull_requests.enable(forge.pulls[0], "ada")
    late = replace(handed, pull=client.update_pull_request(1, title="t", body="b"))
    assert not settled(client, late, wishes=Wishes()).auto_merge
    assert forge.pulls[0]["auto_merge"] is None


def test_what_cannot_be_switched_off_for_another_commit_is_an_error(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge))
    forge.script("GRAPHQL", "disablePullRequestAutoMerge", Answer(200, REFUSED))
    with pytest.raises(DeliveryError, match=r"pull request 1, .*switch it off by hand") as caught:
        again(client, forge, pushed=True)
    assert caught.value.code == "auto_merge_stays_on"


@pytest.mark.parametrize(
    "answer",
    [
        {"pullRequest": {"autoMergeRequest": {"mergeMethod": "SQUASH"}}},
        {"pullRequest": {"headRefOid": "b" * 40}},
        {"pullRequest": None},
    ],
    ids=["still on", "not told", "no pull request"],
)
def test_switching_off_is_believed_only_when_github_says_so(
    client: GitHubClient, forge: Forge, answer: dict[str, Any]
) -> None:
    settled(client, opened(client, forge))
    forge.script("GRAPHQL", "disable", Answer(200, {"data": {"disablePullRequestAutoMerge": answer}}))
    with pytest.raises(DeliveryError, match="could not be switched off"):
        again(client, forge, pushed=True)


def an_enabling_person(forge: Forge) -> None:
    forge.pull_requests.enable(forge.pulls[0], "ada")


def a_reviewer(forge: Forge) -> None:
    forge.pull_requests.reviews[1] = example("pull-request-review-items")


def one_who_comments(forge: Forge) -> None:
    forge.pull_requests.comment(forge.pulls[0], "ada")


def an_app_that_comments(forge: Forge) -> None:
    forge.pull_requests.comment(forge.pulls[0], "coverage[bot]")


def a_hundred_comments(forge: Forge) -> None:
    for _ in range(100):  # as many as a page has: there may be more
        forge.pull_requests.comment(forge.pulls[0], forge.pull_requests.login)


def one_who_opened_it(forge: Forge) -> None:
    forge.pulls[0]["user"]["login"] = "ada"
    an_enabling_person(forge)


def one_who_drafts(forge: Forge) -> None:
    forge.pull_requests.draft(forge.pulls[0], "ada")


def one_who_switches_off(forge: Forge) -> None:
    forge.pulls[0]["auto_merge"] = None


@pytest.mark.parametrize(
    "meddle",
    [
        an_enabling_person, a_reviewer, one_who_comments, an_app_that_comments, a_hundred_comments, one_who_opened_it,
        one_who_switches_off,
    ],
)  # fmt: skip
def test_a_pull_request_that_a_person_had_a_hand_in_is_left_to_people(
    client: GitHubClient, forge: Forge, meddle: Any
) -> None:
    settled(client, opened(client, forge))
    meddle(forge)
    delivered = settled(client, again(client, forge, pushed=True))
    assert not delivered.auto_merge
    assert "auto-merge was not enabled: the pull request was" in only(delivered)
    assert forge.pulls[0]["auto_merge"] is None


@pytest.mark.parametrize("commented", ["ours", "ada"])
def test_comments_of_an_app_that_opened_it_are_no_persons(client: GitHubClient, forge: Forge, commented: str) -> None:
    forge.pull_requests.login = "ada" if commented == "ada" else "github-actions[bot]"
    settled(client, opened(client, forge))
    forge.pull_requests.comment(forge.pulls[0], forge.pull_requests.login)
    # An account with a person's login may be a person, who comments where self-heal says nothing.
    assert settled(client, again(client, forge, pushed=True)).auto_merge == (commented == "ours")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        pytest.param("/issues/1/comments", Answer(200, {"message": "x"}), id="comments that are no list"),
        pytest.param("/issues/1/comments", Answer(200, ["x"]), id="a comment that is none"),
        pytest.param("/issues/1/comments", Answer(200, [{"user": None}]), id="a comment by one who is gone"),
        pytest.param("/issues/1/comments", Answer(404, {"message": "Not Found"}), id="comments that are hidden"),
        pytest.param("/pulls/1/reviews", Answer(200, {"message": "x"}), id="reviews that are no list"),
        pytest.param("viewerDidAuthor", Answer(200, {"data": {"node": None}}), id="no node"),
        pytest.param("viewerDidAuthor", Answer(200, {"data": {"node": {}}}), id="an author not told"),
        pytest.param("viewerDidAuthor", Answer(200, {"data": {"node": {"viewerDidAuthor": "true"}}}), id="a text"),
        pytest.param("viewerDidAuthor", Answer(200, REFUSED), id="a refusal"),
        pytest.param("/compare/.*", Answer(404, {"message": "Not Found"}), id="no comparison"),
        pytest.param("/compare/.*", Answer(200, {"total_commits": True}), id="a count that is none"),
        pytest.param("/compare/.*", Answer(200, {}), id="no count"),
        pytest.param("/pulls/1", Answer(404, {"message": "Not Found"}), id="no pull request"),
    ],
)
def test_what_github_does_not_tell_leaves_the_merge_to_people(
    client: GitHubClient, forge: Forge, path: str, answer: Answer
) -> None:
    handed = opened(client, forge)
    forge.script("GET" if path.startswith("/") else "GRAPHQL", path, answer)
    delivered = settled(client, handed)
    forge.violations.clear()  # some of these answers are wrong on purpose
    assert not delivered.auto_merge
    assert delivered.notes[-1].startswith("auto-merge was not enabled: ")
    assert mutations(forge) == []


def test_a_pull_request_that_a_person_opened_meanwhile_is_theirs(client: GitHubClient, forge: Forge) -> None:
    handed = opened(client, forge)
    forge.pulls[0]["user"]["login"] = "ada"
    assert "opened by another account" in only(settled(client, handed))
    assert mutations(forge) == []


def test_what_the_base_branch_has_lost_is_not_brought_back(client: GitHubClient, forge: Forge) -> None:
    handed = opened(client, forge)
    forge.git(REPOSITORY, "update-ref", "refs/heads/base", "older")
    delivered = settled(client, handed)
    assert not delivered.auto_merge
    [held, left] = delivered.notes
    assert held.startswith("the pull request holds 2 commits, not the proved one alone: ")
    assert left == "auto-merge was not enabled: it does not hold the proved commit alone"
    assert mutations(forge) == []


def test_other_commits_are_told_of_where_auto_merge_is_not_wanted(client: GitHubClient, forge: Forge) -> None:
    handed = opened(client, forge)
    forge.git(REPOSITORY, "update-ref", "refs/heads/base", "older")
    assert "holds 2 commits" in only(settled(client, handed, wishes=Wishes()))


def test_a_commit_that_the_base_branch_has_already_is_told(client: GitHubClient, forge: Forge) -> None:
    handed = opened(client, forge)
    forge.git(REPOSITORY, "update-ref", "refs/heads/base", BRANCH)
    delivered = settled(client, handed)
    assert delivered.notes[0] == "the pull request brings nothing: base has its commit already"
    assert mutations(forge) == []


def test_the_same_commit_beside_others_has_it_switched_off(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge))
    forge.git(REPOSITORY, "update-ref", "refs/heads/base", "older")
    delivered = settled(client, again(client, forge, pushed=False))
    assert not delivered.auto_merge
    assert delivered.notes[1] == "auto-merge was switched off: it does not hold the proved commit alone"
    assert forge.pulls[0]["auto_merge"] is None


@pytest.mark.parametrize("commits", [2, 0, None, "1"], ids=repr)
def test_githubs_own_count_of_commits_has_to_be_one(client: GitHubClient, forge: Forge, commits: object) -> None:
    handed = opened(client, forge)
    told = {key: value for key, value in forge.pulls[0].items() if key != "repository"}
    forge.script("GET", "/pulls/1", Answer(200, told | {"mergeable_state": "blocked", "commits": commits}))
    assert "does not count one commit" in only(settled(client, handed))
    forge.violations.clear()  # some of these counts are wrong on purpose
    assert mutations(forge) == []


def test_a_base_branch_of_any_name_is_compared(client: GitHubClient, forge: Forge) -> None:
    name = "release/1#2%41&x"
    forge.git(REPOSITORY, "update-ref", f"refs/heads/{name}", "base")
    pull = client.open_pull_request(title="t", body="b", head=BRANCH, base=name)
    assert settled(client, Handed(pull, None, tip(forge), pushed=True)).auto_merge


def test_a_failure_whose_pull_request_was_closed_before_is_left_to_people(client: GitHubClient, forge: Forge) -> None:
    opened(client, forge)
    forge.pulls[0]["state"] = "closed"
    delivered = settled(client, opened(client, forge))
    assert (delivered.pull_request_number, delivered.auto_merge) == (2, False)
    assert "was closed" in only(delivered)


def test_a_branch_beside_somebody_elses_is_left_to_people(client: GitHubClient, forge: Forge) -> None:
    delivered = settled(client, replace(opened(client, forge), in_turn=False))
    assert "somebody else's" in only(delivered)
    assert mutations(forge) == []


def test_the_same_commit_keeps_what_is_on(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge))
    delivered = settled(client, again(client, forge, pushed=False))
    assert (delivered.auto_merge, delivered.notes) == (True, ())
    assert mutations(forge) == ["enablePullRequestAutoMerge"]


@pytest.mark.parametrize("wishes", [MERGE, Wishes()], ids=["wanted", "not wanted any more"])
def test_the_same_commit_with_weaker_evidence_has_it_switched_off(
    client: GitHubClient, forge: Forge, wishes: Wishes
) -> None:
    settled(client, opened(client, forge))
    delivered = settled(client, again(client, forge, pushed=False), replace(FIX, confidence=GOOD), wishes)
    assert not delivered.auto_merge
    assert only(delivered) == "auto-merge was switched off: the confidence is 0.800, below 0.9"
    assert forge.pulls[0]["auto_merge"] is None


def test_another_persons_decision_on_the_same_commit_stands(client: GitHubClient, forge: Forge) -> None:
    opened(client, forge)
    an_enabling_person(forge)
    delivered = settled(client, again(client, forge, pushed=False), replace(FIX, confidence=GOOD))
    assert delivered.auto_merge
    assert mutations(forge) == []


def test_the_decision_of_one_who_opened_it_stands(client: GitHubClient, forge: Forge) -> None:
    opened(client, forge)
    one_who_opened_it(forge)
    delivered = settled(client, again(client, forge, pushed=False), replace(FIX, confidence=GOOD))
    assert delivered.auto_merge
    assert mutations(forge) == []


def test_where_it_is_not_told_whose_decision_it_was_it_is_taken_back(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge))
    forge.script("GRAPHQL", "viewerDidAuthor", Answer(200, REFUSED))
    assert not settled(client, again(client, forge, pushed=False), replace(FIX, confidence=GOOD)).auto_merge
    assert forge.pulls[0]["auto_merge"] is None


def test_what_is_still_on_with_weaker_evidence_is_told(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge))
    forge.script("GRAPHQL", "disablePullRequestAutoMerge", Answer(200, REFUSED))
    delivered = settled(client, again(client, forge, pushed=False), replace(FIX, confidence=GOOD))
    assert delivered.auto_merge
    assert "auto-merge is still on, though the confidence" in only(delivered)


ASK = Wishes(review_from=("ada", "bob", "team:core"))


@pytest.mark.parametrize("confidence", [STRONG, GOOD, None], ids=["strong", "good", "not weighed"])
def test_reviews_are_requested(client: GitHubClient, forge: Forge, confidence: Confidence | None) -> None:
    forge.pull_requests.collaborators = {"ada", "bob", "team:core"}
    delivered = settled(client, opened(client, forge), replace(FIX, confidence=confidence), ASK)
    assert (delivered.asked, delivered.notes) == (("ada", "bob", "team:core"), ())
    assert [path for _, path in forge.requests if path.endswith("/requested_reviewers")] == [
        "/repos/octo/shop/pulls/1/requested_reviewers"
    ]


def test_nobody_is_asked_to_review_what_is_thin(client: GitHubClient, forge: Forge) -> None:
    delivered = settled(client, opened(client, forge, draft=True), replace(FIX, confidence=THIN), ASK)
    assert (delivered.asked, delivered.notes) == ((), ())


def test_one_who_may_not_be_asked_does_not_spoil_it_for_the_others(client: GitHubClient, forge: Forge) -> None:
    forge.pull_requests.collaborators = {"ada", "team:core"}
    delivered = settled(client, opened(client, forge), replace(FIX, confidence=GOOD), ASK)
    assert delivered.asked == ("ada", "team:core")
    assert only(delivered).startswith("no review was requested of bob: ")
    assert "Reviews may only be requested from collaborators" in only(delivered)


def test_nobody_is_asked_twice(client: GitHubClient, forge: Forge) -> None:
    forge.pull_requests.collaborators = {"ada", "bob", "team:core"}
    settled(client, opened(client, forge), wishes=ASK)
    forge.requests.clear()
    for pushed in (False, True):
        delivered = settled(client, again(client, forge, pushed=pushed), wishes=ASK)
        assert delivered.asked == ("ada", "bob", "team:core")
    assert not [path for _, path in forge.requests if path.endswith("/requested_reviewers")]


def test_those_who_have_reviewed_are_asked_again_for_another_commit_alone(client: GitHubClient, forge: Forge) -> None:
    forge.pull_requests.collaborators = {"ada", "bob", "team:core"}
    settled(client, opened(client, forge), wishes=ASK)
    forge.pulls[0]["requested_reviewers"] = []  # as it is once they have
    assert settled(client, again(client, forge, pushed=False), wishes=ASK).asked == ("team:core",)
    assert settled(client, again(client, forge, pushed=True), wishes=ASK).asked == ("ada", "bob", "team:core")


@pytest.mark.parametrize(
    ("draft", "pushed", "confidence", "after"),
    [
        pytest.param(True, True, GOOD, False, id="a better commit makes a draft ready"),
        pytest.param(True, False, GOOD, False, id="better evidence for the same commit does"),
        pytest.param(True, True, THIN, True, id="another thin commit does not"),
        pytest.param(True, True, None, True, id="what was not weighed does not"),
        pytest.param(False, True, THIN, True, id="a thin commit makes it a draft"),
        pytest.param(False, False, THIN, False, id="the same commit stays as people left it"),
    ],
)
def test_a_pull_request_that_was_open_becomes_what_the_evidence_says(
    client: GitHubClient, forge: Forge, confidence: Confidence | None, *, draft: bool, pushed: bool, after: bool
) -> None:
    opened(client, forge, draft=draft)
    delivered = settled(client, again(client, forge, pushed=pushed), replace(FIX, confidence=confidence), Wishes())
    assert (forge.pulls[0]["draft"], delivered.notes) == (after, ())


def test_one_that_turns_ready_asks_for_its_reviews(client: GitHubClient, forge: Forge) -> None:
    forge.pull_requests.collaborators = {"ada", "bob", "team:core"}
    settled(client, opened(client, forge, draft=True), replace(FIX, confidence=THIN), ASK)
    assert settled(client, again(client, forge, pushed=False), wishes=ASK).asked == ("ada", "bob", "team:core")


def one_who_opened_a_draft(forge: Forge) -> None:
    forge.pulls[0]["user"]["login"] = "ada"


@pytest.mark.parametrize("pushed", [True, False], ids=["another commit", "the same commit"])
@pytest.mark.parametrize("meddle", [one_who_drafts, one_who_opened_a_draft])
def test_a_persons_draft_stays_one(client: GitHubClient, forge: Forge, meddle: Any, *, pushed: bool) -> None:
    forge.pull_requests.collaborators = {"ada", "bob", "team:core"}
    opened(client, forge, draft=meddle is one_who_opened_a_draft)
    meddle(forge)
    delivered = settled(client, again(client, forge, pushed=pushed), wishes=ASK)
    assert only(delivered).startswith("the pull request stays a draft: ")
    assert (forge.pulls[0]["draft"], delivered.asked, mutations(forge)) == (True, (), [])


def test_a_draft_that_a_person_made_again_stays_one(client: GitHubClient, forge: Forge) -> None:
    opened(client, forge, draft=True)
    forge.pull_requests.draft(forge.pulls[0], "ada", draft=False)
    forge.pull_requests.draft(forge.pulls[0], "ada")
    assert "stays a draft" in only(settled(client, again(client, forge, pushed=True), wishes=Wishes()))
    assert forge.pulls[0]["draft"]


def test_a_draft_that_an_app_of_ours_made_becomes_ready_again(client: GitHubClient, forge: Forge) -> None:
    settled(client, opened(client, forge), wishes=Wishes())
    settled(client, again(client, forge, pushed=True), replace(FIX, confidence=THIN), Wishes())
    assert forge.pulls[0]["draft"]
    assert settled(client, again(client, forge, pushed=False), wishes=Wishes()).notes == ()
    assert not forge.pulls[0]["draft"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            Answer(200, [{"actor": None, "event": "convert_to_draft"}]), "stays a draft", id="one who is gone"
        ),
        pytest.param(Answer(200, [{"actor": None, "event": "labeled"}] * 100), "stays a draft", id="a whole page"),
        pytest.param(Answer(200, [{"actor": None}]), "could not be marked ready", id="no event"),
        pytest.param(Answer(200, {"message": "x"}), "could not be marked ready", id="no list"),
        pytest.param(Answer(404, {"message": "Not Found"}), "could not be marked ready", id="hidden"),
    ],
)
def test_a_draft_whose_history_is_not_told_stays_one(
    client: GitHubClient, forge: Forge, answer: Answer, words: str
) -> None:
    opened(client, forge, draft=True)
    forge.script("GET", "/issues/1/events", answer)
    delivered = settled(client, again(client, forge, pushed=True), wishes=Wishes())
    forge.violations.clear()  # some of these answers are wrong on purpose
    assert words in only(delivered)
    assert forge.pulls[0]["draft"]


def test_a_draft_that_github_does_not_turn_is_told(client: GitHubClient, forge: Forge) -> None:
    opened(client, forge, draft=True)
    forge.script("GRAPHQL", "markPullRequestReadyForReview", Answer(200, REFUSED))
    delivered = settled(client, again(client, forge, pushed=True), wishes=Wishes())
    assert only(delivered).startswith("the pull request could not be marked ready for review: ")
