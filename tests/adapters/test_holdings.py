"""What a job holds is noticed where it lies: in its variables, in the checkout's configuration; and never repeated."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from healer.adapters.holdings import held
from healer.errors import RepositoryError

if TYPE_CHECKING:
    from tests.shop import Shop

PATH = {"PATH": os.environ["PATH"]}
TOKEN = "ghs_" + "a1B2" * 12
EXTRAHEADER = ("config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic c2VjcmV0")


def test_a_job_with_nothing_to_steal_holds_nothing(shop: Shop) -> None:
    harmless = {"GITHUB_TOKEN": TOKEN, "HOME": "/root", "GITHUB_SHA": "a" * 40, "EMPTY": "", "ANTHROPIC_API_KEY": ""}
    assert held({**PATH, **harmless}, shop.path) == ()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ANTHROPIC_API_KEY", "anything at all", "ANTHROPIC_API_KEY (do not give it)"),
        ("AWS_SECRET_ACCESS_KEY", "x", "AWS_SECRET_ACCESS_KEY (do not give it)"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x", "take `id-token: write` from its permissions"),
        ("DEPLOY", TOKEN, "a GitHub token in the variable DEPLOY"),
        ("CERT", "-----BEGIN RSA PRIVATE KEY-----\nMII", "a private key in the variable CERT"),
    ],
)
def test_a_secret_in_a_variable_is_named_and_not_repeated(shop: Shop, variable: str, value: str, said: str) -> None:
    [found] = held({**PATH, variable: value}, shop.path)
    assert said in found
    assert len(value) < 4 or value not in found


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(EXTRAHEADER, id="what checkout left until v5"),
        pytest.param(
            ("config", "includeIf.gitdir:/github/workspace/.git.path", "/github/runner_temp/git-credentials-1.config"),
            id="what checkout leaves from v6 on",
        ),
        pytest.param(("config", "credential.helper", "store --file=/tmp/x"), id="a helper"),
        pytest.param(("config", "http.extraheader", "AUTHORIZATION: basic c2VjcmV0"), id="a header for every server"),
        pytest.param(
            ("config", "remote.origin.url", "https://bot:hunter2@example.org/a/b"), id="a password in a remote"
        ),
        pytest.param(("config", "remote.origin.url", f"https://{TOKEN}@github.com/a/b"), id="a token in a remote"),
        pytest.param(
            ("config", f"url.https://x:{TOKEN}@github.com/.insteadOf", "https://github.com/"), id="in another address"
        ),
        pytest.param(("config", "core.sshCommand", "ssh -i /tmp/key"), id="a key for ssh"),
        pytest.param(("config", "include.path", "/github/runner_temp/git-credentials-1.config"), id="an include"),
    ],
)
def test_a_credential_of_the_checkout_is_noticed(shop: Shop, setting: tuple[str, ...]) -> None:
    shop.git(*setting)
    [found] = held(PATH, shop.path)
    assert found == "a git credential in the checkout (check out with `persist-credentials: false`)"


@pytest.mark.parametrize("url", ["https://github.com/a/b", "git@github.com:a/b", "ssh://git@github.com:22/a/b"])
def test_an_ordinary_remote_is_no_credential(shop: Shop, url: str) -> None:
    shop.git("remote", "add", "origin", url)
    shop.git("config", "submodule.lib.url", url)
    assert held(PATH, shop.path) == ()


def test_another_include_is_nobody_s_credential(shop: Shop) -> None:
    shop.git("config", "includeIf.gitdir:/w/.path", "/etc/team.config")
    assert held(PATH, shop.path) == ()


def test_a_configuration_that_cannot_be_read_is_not_taken_for_an_empty_one(shop: Shop) -> None:
    (shop.path / ".git" / "config").write_text("[core\n", encoding="utf-8")
    with pytest.raises(RepositoryError):
        held(PATH, shop.path)
