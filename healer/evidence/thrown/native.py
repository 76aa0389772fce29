"""Rust and Go panics, C and C++ exceptions, assertions and sanitizers, XCTest."""

from __future__ import annotations

import re

from healer.evidence.thrown.headlines import match_at, message_from

Found = tuple[str | None, str]
_PANICKED = re.compile(
    r"panicked at (?:'(.{0,4000}?)', )?[^\n']{1,1024}?\.rs:\d{1,9}(?::\d{1,9})?:?(?:\n|$)", re.DOTALL
)
_GO_PANIC = re.compile(r"^[ \t]{0,40}(panic|fatal error): (.{1,4000})$", re.MULTILINE)
_GO_RECOVERED = re.compile(r" \[recovered(?:, repanicked)?\]$")
_GO_SIGNS = ("\ngoroutine ", "[recovered]", "\npanic: ", "\nfatal error: ")
_WHAT = re.compile(
    r"terminate called after throwing an instance of '([^'\n]{1,500})'(?:\s{0,40}what\(\): {1,4}(.{1,4000}))?"
)
_GTEST = re.compile(r'C\+\+ exception (?:with description "((?s:.{0,4000}?))" )?thrown in .{1,200}')
_SANITIZER = re.compile(r"(?:ERROR|WARNING): (\w{1,40}Sanitizer): ((?:data race|[\w-]{1,100}).{0,1000})")
_UNDEFINED = re.compile(r"^\S.{0,1024}?:\d{1,9}:\d{1,9}: (runtime error: .{1,1000})$", re.MULTILINE)
_ASSERTION = re.compile(r"^.{0,300}?(Assertion [`'].{1,1000}' failed\.?)$", re.MULTILINE)
_XCTEST = re.compile(
    r"^(?:\S.{0,1024}?: error: [^\n]{1,500}? : )((XCT\w{1,60}|failed|caught error)\b.{0,4000})$", re.MULTILINE
)
_SWIFT_FATAL = re.compile(r"^(?:.{0,1024}?: )?((Fatal error|Precondition failed): .{1,1000})$", re.MULTILINE)


def rust(text: str) -> Found | None:
    """Return what a Rust panic said; its type is always `panic`."""
    match = match_at("panicked at ", _PANICKED, text)
    if match is None:
        return None
    return "panic", match[1] or message_from(text[match.end() :].split("\n", 40)[:40])


def go(text: str) -> Found | None:
    """Return what a Go panic said; its type is `panic`, whether the run-time system raised it or the program."""
    if ("panic: " not in text and "fatal error: " not in text) or not any(sign in f"\n{text}" for sign in _GO_SIGNS):
        return None
    match = _GO_PANIC.search(text)
    return (match[1], _GO_RECOVERED.sub("", match[2])) if match else None


def cplusplus(text: str) -> Found | None:
    """Return the exception, failed `assert` or sanitizer's finding that ended a C or C++ program."""
    if match := match_at("terminate called after ", _WHAT, text):
        return match[1], match[2] or f"terminate called after throwing an instance of '{match[1]}'"
    if match := match_at("C++ exception ", _GTEST, text):
        return "C++ exception", match[1] or match[0]
    if "Sanitizer: " in text and (match := _SANITIZER.search(text)):
        return match[1], f"{match[1]}: {match[2]}"
    if "runtime error: " in text and (match := _UNDEFINED.search(text)):
        return "runtime error", match[1]
    if "' failed" in text and (match := _ASSERTION.search(text)):
        return "assert", match[1]
    return None


def swift(text: str) -> Found | None:
    """Return the XCTest assertion that did not hold, or the fatal error."""
    if ": error: " in text and (match := _XCTEST.search(text)):
        return (match[2] if match[2].startswith("XCT") else None), match[1]
    if ".swift" in text and (match := _SWIFT_FATAL.search(text)):
        return match[2], match[1]
    return None
