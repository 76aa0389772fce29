"""The shapes that credentials have, each with the name that people know it by."""

from __future__ import annotations

# A run without a bound is started only where no such run is under way: else hostile text would cost its square.
SHAPES = {
    # Since 2026 installation tokens are `ghs_<app id>_<JWT>`: dots, dashes, and about 520 characters.
    "a GitHub token": r"\bgh[oprsu]_[A-Za-z0-9._-]{30,}|\bgithub_pat_\w{22,}",
    "a private key": r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY",
    "an Anthropic key": r"\bsk-ant-[A-Za-z0-9_-]{20,}",
    "an API key": r"\bsk-(?:proj|or|svcacct)-[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9]{32,}",
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a Slack token": r"\bxox[a-z]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}",
    "a Google key": r"\bAIza[\w-]{35}|\bya29\.[\w.-]{20,}",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a package registry token": r"\bnpm_[A-Za-z0-9]{36}|\bpypi-[\w-]{50,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "a DigitalOcean token": r"\bdop_v1_[a-f0-9]{64}",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{16,}",
    "a SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}",
    "a signed token (JWT)": r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a storage account key": r"\bAccountKey=[A-Za-z0-9+/=]{40,}",
}
