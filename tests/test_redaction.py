"""Secrets that must not leave in any text."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.redaction import PLACEHOLDER, Redactor

CANARY = "hunter2-long/value+9?"


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        CANARY[::-1],
        quote(CANARY, safe=""),
        CANARY.encode().hex(),
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(b"x" + CANARY.encode() + b"y").decode(),
        base64.b64encode(b"user:" + CANARY.encode()).decode(),
        base64.urlsafe_b64encode(b"ab" + CANARY.encode()).decode(),
    ],
    ids=["plain", "reversed", "percent", "hex", "base64", "base64+1", "base64 of user:password", "base64url+2"],
)
def test_a_known_value_is_removed_in_its_common_encodings(form: str) -> None:
    redacted = Redactor((CANARY,))(f"before {form} after")
    assert PLACEHOLDER in redacted
    assert form not in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


def test_each_line_of_a_secret_of_several_lines_is_removed() -> None:
    secret = "first-line-of-it\nsecond-line-of-it\n"
    assert Redactor((secret,))("> first-line-of-it\n> second-line-of-it") == f"> {PLACEHOLDER}\n> {PLACEHOLDER}"


def test_a_short_value_does_not_redact_the_world() -> None:
    assert Redactor(("1234", ""))("port 12345 and 1234") == "port 12345 and 1234"


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1B2" * 9,
        "ghs_123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.c2lnbmF0dXJlLXBhcnQ",
        "github_pat_" + "11ABCDEFG0" * 3,
        "sk-ant-api03-" + "x" * 40,
        "sk-proj-" + "x" * 40,
        "AKIA" + "ABCDEFGH12345678",
        "xoxb-1234567890-abcdef",
        "AIza" + "x" * 35,
        "glpat-" + "x" * 20,
        "npm_" + "a" * 36,
        "hf_" + "a" * 34,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEow and the rest was cut off",
    ],
)
def test_a_text_of_a_secrets_shape_is_removed_though_unknown(secret: str) -> None:
    redacted = Redactor()(f"token={secret}")
    assert redacted == f"token={PLACEHOLDER}"


def test_credentials_in_an_address_are_removed_and_the_address_stays() -> None:
    assert Redactor()("postgres://app:s3cret@db/prod") == f"postgres://{PLACEHOLDER}@db/prod"


@pytest.mark.parametrize(
    "text",
    [
        "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        'class="sk-toggleable__content-fitted"',
        "http://127.0.0.1:8080/path@1.2:3",
        "E   assert sorted(ghost) == ['a', 'b']",
        "npm_config_registry and pypi-server",
        "user@example.com",
    ],
)
def test_a_harmless_look_alike_stays(text: str) -> None:
    assert Redactor(("another-secret-value",))(text) == text


@given(st.text(min_size=8).filter(lambda text: len(text.strip()) >= 8 and len(text.splitlines()) == 1), st.text())
def test_a_known_value_never_survives(secret: str, around: str) -> None:
    redacted = Redactor((secret,))(f"{around}{secret}{around}")
    assert secret.strip() not in redacted.replace(PLACEHOLDER, "\0") or secret.strip() in around.replace("\0", "")


def test_its_repr_shows_no_secret() -> None:
    assert "hunter2" not in repr(Redactor((CANARY,)))
