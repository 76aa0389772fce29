"""Tests that stand in files of source are read-only, as those in files of their own are."""

from __future__ import annotations

import pytest

from healer.models.change import FileEdit
from healer.patches.contents import ContentLimits, objections
from healer.patches.inner_tests import changed_test

RUST = """\
//! Prices.
use std::fmt;

/// Half of it.
pub fn half(value: u32) -> u32 {
    value * 2
}

impl Price {
    pub fn new() -> Self { Self(0) }

    #[cfg(test)]
    fn of(value: u32) -> Self { Self(value) }
}

#[cfg(test)]
#[allow(unused)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        assert_eq!(half(2), 1);
    }
}
"""
VITEST = """\
export function half(value: number): number {
  return value * 2
}

if (import.meta.vitest) {
  const { it, expect } = import.meta.vitest
  it("halves", () => expect(half(2)).toBe(1))
}
"""


def changed(old: str, new: str, text: str = RUST, path: str = "src/lib.rs") -> str | None:
    assert text.count(old) == 1
    return changed_test(path, text.encode(), text.replace(old, new).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("value * 2", "value / 2", id="the code under test"),
        pytest.param("use std::fmt;", "use std::fmt;\nuse std::io;\n", id="lines above that move the tests down"),
        pytest.param("impl Price", "impl<'a> Price", id="the beginning of what a helper of tests stands in"),
        pytest.param("    pub fn new()", "    #[must_use]\n    pub fn new()", id="an attribute of code"),
        pytest.param("}\n\nimpl", '}\n\nconst NAME: &str = "#[test]";\n\nimpl', id="a string that names an attribute"),
        pytest.param("}\n\nimpl", "}\n\n// #[cfg(test)]\nimpl", id="a comment that names an attribute"),
        pytest.param("}\n\nimpl", "}\n\n#[cfg(any(test, unix))]\nfn a() {}\n\nimpl", id="code for more than tests"),
        pytest.param("}\n\nimpl", "}\n\n#[cfg(not(test))]\nfn a() {}\n\nimpl", id="code that is not for tests"),
        pytest.param("/// Half of it.", "/// One half.", id="documentation"),
    ],
)  # fmt: skip
def test_code_beside_tests_may_change(old: str, new: str) -> None:
    assert changed(old, new) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("half(2), 1", "half(2), 4", id="what is expected"),
        pytest.param("        assert_eq!(half(2), 1);\n", "", id="an assertion taken out"),
        pytest.param("    #[test]\n", "", id="a mark taken out"),
        pytest.param("    #[test]\n", "    #[ignore]\n    #[test]\n", id="a test ignored"),
        pytest.param("#[cfg(test)]\n#[allow", "#[cfg(any())]\n#[allow", id="tests never compiled"),
        pytest.param("#[cfg(test)]\n#[allow", "#[cfg(any())]\n#[cfg(test)]\n#[allow", id="a condition more, above"),
        pytest.param("#[allow(unused)]\n", "#[allow(unused)]\n#[cfg(any())]\n", id="a condition more, below"),
        pytest.param("#[cfg(test)]\n#[allow", "/* #[cfg(test)]\n#[allow", id="tests commented out"),
        pytest.param("#[allow(unused)]\nmod tests {", "#[allow(unused)]\nmod tests { /*", id="their inside"),
        pytest.param("use super::*;", "use super::*;\n    fn half(_: u32) -> u32 { 1 }", id="a twin of the code"),
        pytest.param("Self(value) }", "Self(1) }", id="a helper of tests"),
        pytest.param("impl Price {\n", "#[cfg(any())]\nimpl Price {\n", id="a condition on what a helper stands in"),
    ],
)  # fmt: skip
def test_tests_in_rust_are_read_only(old: str, new: str) -> None:
    reason = changed(old, new)
    assert reason is not None
    assert reason.endswith("read-only: repair the code under test instead.") or "read-only: repair the code" in reason


def test_the_refusal_names_the_lines_of_the_tests_as_they_are_in_the_base() -> None:
    assert changed("half(2), 1", "half(2), 4") == (
        "The tests in src/lib.rs, lines 16 to 25, would change; they are read-only: repair the code under test instead."
    )
    assert "lines 12 to 13" in (changed("Self(value) }", "Self(1) }") or "")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param("#[cfg(test)]\n#[allow", "#[test]\nfn a() {}\n#[cfg(test)]\n#[allow", 16, id="a test"),
        pytest.param("    value * 2", "    #[cfg(test)]\n    return 1;\n    value * 2", 6, id="an answer for tests"),
        pytest.param("use std::fmt;", "#[cfg(test)]\nuse std::io;\nuse std::fmt;", 2, id="an import for tests"),
        pytest.param("impl Price {", "impl Price {\n    #[tokio::test]\n    async fn a() {}", 10, id="of a runtime"),
        pytest.param("use std::fmt;", "#[cfg(all(unix, test))] use a;\nuse std::fmt;", 2, id="one of two"),
    ],
)  # fmt: skip
def test_no_tests_and_no_code_for_tests_come_to_a_file(old: str, new: str, line: int) -> None:
    reason = f"src/lib.rs would get code for tests in line {line}; tests are read-only: repair the code instead."
    assert changed(old, new) == reason


def test_a_module_that_is_new_may_hold_no_tests() -> None:
    assert changed_test("src/new.rs", None, b"pub fn a() {}\n") is None
    assert changed_test("src/new.rs", None, RUST.encode()) is not None


def test_tests_may_not_be_wrapped_into_something_else() -> None:
    module = RUST[RUST.index("#[cfg(test)]\n#[allow") :]
    for wrapped in (
        f"#[cfg(any())]\nmod never {{\n{module}}}\n",
        f"maybe! {{\n{module}}}\n",
        f"mod other {{\n{module}}}\n",
    ):
        assert changed(module, wrapped) is not None
    assert changed("//! Prices.\n", "//! Prices.\n#![cfg(any())]\n") is not None


def test_a_file_that_is_for_tests_as_a_whole_may_not_change() -> None:
    assert changed("//! Prices.", "//! All.", RUST.replace("use std::fmt;", "#![cfg(test)]\nuse std::fmt;")) is not None


def test_an_arm_for_tests_is_read_only_with_what_it_does() -> None:
    text = "fn a(b: u8) -> u8 {\n    match b {\n        #[cfg(test)]\n        1 => 2,\n        _ => 3,\n    }\n}\n"
    assert changed("1 => 2", "1 => 4", text) is not None
    assert changed("_ => 3", "_ => 4", text) is None


UNREADABLE = RUST.replace("pub fn half", "pub fn fn half")
LARGE = RUST[:12] + "// more and more\n" * 8000 + RUST[12:]


@pytest.mark.parametrize("text", [UNREADABLE, LARGE], ids=["against the grammar", "large"])
@pytest.mark.parametrize(
    ("old", "new", "is_refused"),
    [
        pytest.param("value * 2", "value / 2", False, id="code above the tests"),
        pytest.param("half(2), 1", "half(2), 4", True, id="what is expected"),
        pytest.param("use std::fmt;", "use std::fmt;\n#[test]\nfn a() {}", True, id="a test more"),
        pytest.param("    #[cfg(test)]\n", "    #[ignore]\n    #[cfg(test)]\n", True, id="a condition above the tests"),
        pytest.param("Self(0) }\n", "Self(0) }\n    #[cfg(any())]\n", True, id="a condition behind the code above"),
    ],
)
def test_where_no_grammar_reads_a_file_all_from_its_first_test_on_is_read_only(
    text: str, old: str, new: str, *, is_refused: bool
) -> None:
    reason = changed(old, new, text)
    assert (reason is not None) is is_refused
    if reason and "would get" not in reason:
        line = text[: text.index("    pub fn new")].count("\n") + 1
        assert f"all of it from line {line} on" in reason


@pytest.mark.parametrize("path", ["src/half.ts", "src/half.tsx", "src/half.js", "src/half.mjs"])
def test_tests_of_vitest_in_the_source_are_read_only(path: str) -> None:
    text = VITEST if "ts" in path.rpartition(".")[2] else VITEST.replace(": number", "")
    assert changed("value * 2", "value / 2", text, path) is None
    assert "lines 5 to 8" in (changed("toBe(1)", "toBe(4)", text, path) or "")
    assert changed("if (import.meta.vitest)", "if (import.meta.vitest && false)", text, path) is not None
    assert "in line 9" in (changed_test(path, text.encode(), (text + text[text.index("if (") :]).encode()) or "")


@pytest.mark.parametrize("path", ["src/lib.py", "src/lib.zig", "README.md", "lib.rs.txt"])
def test_other_files_have_no_tests_inside(path: str) -> None:
    assert changed_test(path, b"#[test]\nfn a() {}\n", b"") is None


def test_the_gate_refuses_with_these_words() -> None:
    edit = FileEdit("src/lib.rs", RUST.encode(), RUST.replace("half(2), 1", "half(2), 4").encode())
    ((code, message),) = objections([edit], ContentLimits())
    assert code == "test_file"
    assert "lines 16 to 25" in message


@pytest.mark.parametrize(
    "text", ["#[test]\n" * 12_000, "#[cfg(" * 16_000, "#[test] mod a {" * 6_000, '#[cfg("' * 14_000]
)
def test_files_made_to_take_long_do_not(text: str) -> None:
    assert changed_test("src/lib.rs", RUST.encode(), text.encode()) is not None
