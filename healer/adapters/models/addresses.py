"""Where a key and the source may be sent: a plain https URL that was given on purpose, or this machine itself."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from healer.errors import UsageError


def is_loopback(base_url: str) -> bool:
    """Whether the URL's host is this machine by its very name or number."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked(base_url: str, *, query: bool = False) -> str:
    """Return the URL without a final slash; raise UsageError unless it is https, or http to loopback, and plain.

    `query` allows a query, as the address has that a runner hands out identity tokens at.
    """
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    is_plain = parts.username is None and parts.password is None and not parts.fragment and (query or not parts.query)
    if host is None or not is_plain:
        raise UsageError(
            "the model endpoint's address is not a plain URL such as https://host/path (no user, query or fragment); "
            "correct the base URL",
            code="bad_base_url",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(base_url)):
        raise UsageError(
            f"the model endpoint at {host} is addressed by {parts.scheme}://, which would send the source and the key "
            "unencrypted; use https:// (http:// is for this machine's own loopback address only)",
            code="bad_base_url",
        )
    return base_url.rstrip("/")
