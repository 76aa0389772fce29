"""Runners of other languages, for real where they are installed: graded by the report that they were made to write."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from healer.models.evidence import Tally
from healer.models.proof import GradedBy
from tests.adapters.test_suite import opened
from tests.projects import Program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.projects import Content

NODE = "const test = require('node:test'), assert = require('node:assert');\n"
NODE += "test('total', () => assert.strictEqual(1 - 2, 3));\ntest('fine', () => {});\n"
GO = 'package shop\n\nimport "testing"\n\nfunc TestTotal(t *testing.T) { t.Errorf("got %d", 1-2) }\n'
GO += "func TestFine(t *testing.T) {}\n"
RSPEC = "RSpec.describe 'Shop' do\n  it('totals') { expect(1 - 2).to eq(3) }\n  it('is fine') { }\nend\n"
PHPUNIT = """<?php
class ShopTest extends PHPUnit\\Framework\\TestCase {
  public function testTotal() { $this->assertSame(3, 1 - 2); }
  public function testFine() { $this->assertTrue(true); }
}
"""
RUNNERS: dict[str, tuple[dict[str, Content], tuple[str, ...], str]] = {
    "node": ({"shop.test.js": NODE}, ("node", "--test"), "total"),
    "npm": (
        {"shop.test.js": NODE, "package.json": '{"scripts": {"test": "NODE_ENV=test node --test"}}'},
        ("npm", "test"),
        "total",
    ),
    "go": ({"go.mod": "module shop\n\ngo 1.19\n", "shop_test.go": GO}, ("go", "test", "./..."), "TestTotal"),
    "rspec": ({"spec/shop_spec.rb": RSPEC}, ("rspec",), "Shop totals"),
    "phpunit": ({"tests/ShopTest.php": PHPUNIT}, ("phpunit", "tests"), "testTotal"),
}
INSTALLED = [name for name in RUNNERS if shutil.which(name)]


@pytest.mark.parametrize("name", INSTALLED)
def test_a_runner_is_graded_by_the_report_that_it_was_made_to_write(tmp_path: Path, name: str) -> None:
    files, command, failing = RUNNERS[name]
    with opened(tmp_path, files, *command) as suite:
        run = suite.run()
    assert (run.graded_by, run.tally, run.complete) == (GradedBy.REPORT, Tally(passed=1, failed=1), True), run.output
    assert [failure.name for failure in run.failures] == [failing]
    assert "self-heal-runs" not in repr((run.failures, run.outcomes))


BAD = "exports.half = (value) => {\n  return value +* 2;\n};\n"
BAD_MODULE = "export function half(value) {\n  return value / ;\n}\n"


@pytest.mark.parametrize(
    ("files", "faulty"),
    [
        pytest.param({"shop.test.js": f"{NODE}const a = ;\n"}, ("shop.test.js", 4), id="in the test's file"),
        pytest.param({"shop.test.js": f"{NODE}require('./bad.js');\n", "bad.js": BAD}, ("bad.js", 2), id="required"),
        pytest.param(
            {"shop.test.mjs": "import { half } from './very%20bad.mjs';\n", "very bad.mjs": BAD_MODULE},
            ("very bad.mjs", 2),
            id="imported",
        ),
    ],
)
def test_a_file_that_node_cannot_read_is_the_innermost_frame_although_its_report_names_none(
    tmp_path: Path, files: dict[str, Content], faulty: tuple[str, int]
) -> None:
    with opened(tmp_path, files, "node", "--test") as suite:
        run = suite.run()
    (failure,) = run.failures
    assert (run.graded_by, failure.type) == (GradedBy.REPORT, "SyntaxError"), run.output
    assert failure.id == failure.name == next(iter(files))
    assert "self-heal-runs" not in repr(failure)
    assert (failure.frames[-1].file, failure.frames[-1].line) == faulty
    assert run.failing == {failure.id}


FRESH = '<testsuite tests="1"><testcase classname="a" name="one"/></testsuite>'
STALE = '<testsuite tests="1"><testcase classname="a" name="old"><failure/></testcase></testsuite>'


def test_of_build_tools_only_the_reports_of_this_very_run_are_read(tmp_path: Path) -> None:
    write = f"mkdir -p a/target/surefire-reports\necho '{FRESH}' > a/target/surefire-reports/TEST-a.xml\n"
    files: dict[str, Content] = {
        "mvnw": Program(f"#!/bin/sh\n{write}"),
        "b/target/surefire-reports/TEST-b.xml": STALE,
    }
    with opened(tmp_path, files, "./mvnw", "test") as suite:
        run = suite.run()
    assert (run.graded_by, run.tally, run.failures) == (GradedBy.REPORT, Tally(passed=1), ())


def test_a_runner_that_does_not_know_the_option_is_run_as_the_user_wrote_it(tmp_path: Path) -> None:
    old = """#!/bin/sh
echo ran >> "$WHERE"
case "$*" in *--reporter*) echo 'unknown option'; exit 2;; esac
printf '  Shop\\n    1) total\\n    + fine\\n\\n  1 passing (5ms)\\n  1 failing\\n\\n'
printf '  1) Shop\\n       total:\\n     Error: no\\n      at Context.<anonymous> (test/shop.js:3:9)\\n\\n'
exit 1
"""
    count = tmp_path / "count"
    environment = {"WHERE": str(count)}
    with opened(tmp_path, {"bin/mocha": Program(old)}, "bin/mocha", environment=environment) as suite:
        runs = [suite.run() for _ in range(2)]
    assert [run.graded_by for run in runs] == [GradedBy.OUTPUT] * 2
    assert [run.tally for run in runs] == [Tally(passed=1, failed=1)] * 2
    assert count.read_text("utf-8") == "ran\n" * 3
