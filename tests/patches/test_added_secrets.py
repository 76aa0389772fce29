"""Credentials are found in what a change adds; placeholders, words and what was there before are not."""

from __future__ import annotations

import base64
import hashlib

import pytest

from healer.patches.added_secrets import secret_in


def random_text(length: int, seed: str = "a") -> str:
    """Return letters and digits that look random and are the same every time."""
    drawn = b"".join(hashlib.sha256(f"{seed}{number}".encode()).digest() for number in range(length // 32 + 2))
    return base64.b64encode(drawn, altchars=b"Az").decode()[:length]


KEY_BODY = base64.b64encode(hashlib.sha512(b"x").digest()).decode()[:64]
SECRETS = {
    "classic GitHub token": "ghp_" + random_text(36),
    "installation token since 2026": "ghs_123456_" + random_text(200) + "." + random_text(200) + "." + random_text(80),
    "fine-grained GitHub token": "github_pat_" + random_text(82),
    "Anthropic": "sk-ant-api03-" + random_text(40),
    "OpenAI project key": "sk-proj-" + random_text(40),
    "OpenAI": "sk-" + random_text(48),
    "AWS": "AKIA" + random_text(16).upper(),
    "PEM": f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}",
    "PEM in one literal": f"-----BEGIN PRIVATE KEY-----\\n{KEY_BODY}",
    "PEM in literals side by side": f'-----BEGIN OPENSSH PRIVATE KEY-----\\n"\n    "{KEY_BODY}',
    "encrypted PEM": f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES,00\n\n{KEY_BODY}",
    "Slack": "xoxb-" + random_text(11) + "-" + random_text(24),
    "Slack hook": "hooks.slack.com/services/T0A1B2C3/B9D8E7F6/" + random_text(24),
    "Google": "AIza" + random_text(35),
    "GitLab": "glpat-" + random_text(20),
    "npm": "npm_" + random_text(36),
    "Stripe": "sk_live_" + random_text(24),
    "JWT": "eyJ" + random_text(12) + ".eyJ" + random_text(30, "b") + "." + random_text(40),
}
ASSIGNED = {
    "a constant": f'AWS_SECRET_ACCESS_KEY = "{random_text(40)}"',
    "an attribute": f"self.api_key = '{random_text(32)}'",
    "with a type": f'password: str = "{random_text(20)}"',
    "a key of a dictionary": f'{{"client_secret": "{random_text(24)}"}}',
    "an argument": f'connect(token="{random_text(32)}")',
    "hexadecimal": 'SECRET_KEY = "' + hashlib.sha256(b"y").hexdigest() + '"',
    "Go": f'apiKey := "{random_text(32)}"',
    "Ruby": f":auth_token => '{random_text(32)}'",
    "in an address": f'URL = "postgres://admin:{random_text(20)}@db.internal/shop"',
}
HARMLESS = {
    "the example of AWS's documentation": 'key = "AKIAIOSFODNN7EXAMPLE"',
    "one letter": 'token = "ghp_' + "x" * 36 + '"',
    "a placeholder": 'api_key = "sk-ant-your-key-goes-here-0123"',
    "the header that a parser looks for": 'if "-----BEGIN RSA PRIVATE KEY-----" in text:',
    "header and footer": '"-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"',
    "a test value": 'password = "test-password-1a2b3c"',
    "words": 'token = "authorization_endpoint_token"',
    "a name": 'SECRET = "com.example.Project2.Secret3.name4"',
    "a message": 'password = "must have 8 to 16 characters"',
    "an environment variable": 'token = os.environ["SERVICE_TOKEN_V2_PRODUCTION"]',
    "a template": 'password = "{settings.password}-{salt}"',
    "digits": 'token = "12345678901234567890"',
    "a digest of something else": 'sha256 = "' + hashlib.sha256(b"z").hexdigest() + '"',
    "user and password in an address": "https://user:password@host/",
    "a call": "token = tokenize.generate_tokens(readline)",
    "Stripe's test key": 'key = "sk_test_' + random_text(24) + '"',
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_the_shape_of_a_credential_is_known(secret: str) -> None:
    assert secret_in(f"value = '{secret}'\n", "") is not None


@pytest.mark.parametrize("line", ASSIGNED.values(), ids=ASSIGNED)
def test_a_random_value_that_is_called_a_secret_is_one(line: str) -> None:
    assert secret_in(f"{line}\n", "") == "a password or key"


@pytest.mark.parametrize("line", HARMLESS.values(), ids=HARMLESS)
def test_words_and_placeholders_are_no_credentials(line: str) -> None:
    assert secret_in(f"{line}\n", "") is None


def test_what_was_there_before_is_not_found_again() -> None:
    line = f"key = '{SECRETS['AWS']}'"
    assert secret_in(f"if ready:\n    {line}\n", f"{line}\n") is None


@pytest.mark.parametrize(
    "piece", ["eyJ-", "token=", 'token = "a1', "password: a.", "-----BEGIN A PRIVATE KEY-----\n", "x://a:"]
)
def test_the_search_is_linear_in_hostile_text(piece: str) -> None:
    assert secret_in(piece * (600_000 // len(piece)), "") is None
