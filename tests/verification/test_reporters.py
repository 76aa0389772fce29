"""The table of runners: what is added to which command, and which commands are left as they are."""

from __future__ import annotations

import pytest

from healer.verification.reporters import Reporting, reporting

JSON = ("--json", "--testLocationInResults", "--outputFile=/new/jest.json")
NODE = ("--test-reporter=junit", "--test-reporter-destination=/new/node.xml")
SPEC = ("--test-reporter=spec", "--test-reporter-destination=stdout")
SCRIPTS = {
    "test": "npm run build && NODE_ENV=test jest --ci",
    "test:unit": "cross-env A=b node --test",
    "test:go": "go test ./...",
}


@pytest.mark.parametrize(
    ("command", "expected", "report"),
    [
        ("jest --ci", f"jest --ci {' '.join(JSON)}", "jest.json"),
        ("npx jest", f"npx jest {' '.join(JSON)}", "jest.json"),
        ("node --experimental-vm-modules node_modules/jest/bin/jest.js", None, "jest.json"),
        ("node_modules/.bin/vitest run", None, "vitest.json"),
        ("env A=b pnpm exec mocha spec", None, "mocha.json"),
        ("node --test", f"node --test {' '.join((*NODE, *SPEC))}", "node.xml"),
        ("node --test tests/a.js", f"node {' '.join((*NODE, *SPEC))} --test tests/a.js", "node.xml"),
        ("npm test", f"npm test -- {' '.join(JSON)}", "jest.json"),
        ("npm t", f"npm t -- {' '.join(JSON)}", "jest.json"),
        ("yarn test", f"yarn test {' '.join(JSON)}", "jest.json"),
        ("pnpm run test:unit", f"pnpm run test:unit {' '.join((*NODE, *SPEC))}", "node.xml"),
        ("php vendor/bin/phpunit -c x.xml", "php vendor/bin/phpunit -c x.xml --log-junit /new/phpunit.xml", None),
        ("./vendor/bin/phpunit", "./vendor/bin/phpunit --log-junit /new/phpunit.xml", None),
        (
            "bundle exec rspec",
            "bundle exec rspec --format progress --format json --out /new/rspec.json",
            "rspec.json",
        ),
        ("ctest -j2", "ctest -j2 --output-junit /new/ctest.xml", "ctest.xml"),
        ("dotnet test a.sln", "dotnet test a.sln --logger trx --results-directory /new", "**/*.trx"),
        ("bats tests", "bats --report-formatter junit --output /new tests", "report.xml"),
        ("deno test -A", "deno test -A --junit-path=/new/deno.xml", "deno.xml"),
        ("bun test", "bun test --reporter=junit --reporter-outfile=/new/bun.xml", "bun.xml"),
        ("swift test", "swift test --xunit-output /new/swift.xml", "swift.xml"),
    ],
)
def test_a_runner_is_made_to_write_a_report_to_a_new_place(
    command: str, expected: str | None, report: str | None
) -> None:
    made = reporting(tuple(command.split()), "/new", SCRIPTS)
    assert made is not None
    assert made.stdout is None
    if expected is not None:
        assert " ".join(made.argv) == expected
    if report is not None:
        assert made.reports == (f"/new/{report}",)
    assert "".join(made.reports).removeprefix("/new/").removesuffix("**/*.trx") in "".join(made.argv) + "report.xml"


@pytest.mark.parametrize("command", ["mvn -B verify", "./mvnw test", "./gradlew check", "gradle test"])
def test_build_tools_leave_reports_of_their_own_and_are_run_as_they_are(command: str) -> None:
    made = reporting(tuple(command.split()), "/new", {})
    assert made is not None
    assert " ".join(made.argv) == command
    assert all(pattern.startswith("**/") and pattern.endswith("/TEST-*.xml") for pattern in made.reports)


def test_what_go_streams_is_its_report() -> None:
    expected = ("go", "test", "-json", "-race", "./...")
    for command in ("go test -race ./...", "go test -json -race ./..."):
        made = reporting(tuple(command.split()), "/new", {})
        assert made == Reporting(expected, ("/new/go.jsonl",), stdout="/new/go.jsonl")


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q",
        "python -m unittest",
        "cargo test",
        "go vet ./...",
        "go build",
        "go test ./... -args -x",
        "dotnet build",
        "make test",
        "sh -c jest",
        "node server.js",
        "node --test --test-reporter=tap",
        "npm run lint",
        "npm test -- --watch",
        "npm run test:go",
        "jest -- a.js",
        "deno run a.ts",
        "env",
        "",
    ],
)
def test_any_other_command_is_left_alone(command: str) -> None:
    assert reporting(tuple(command.split()), "/new", SCRIPTS) is None


@pytest.mark.parametrize(
    "script", ["", "jest && npm run lint", "jest | tee out", "jest; true", "jest || true", "'", "a && b", "mvnx"]
)
def test_a_script_that_options_cannot_be_added_to_is_left_alone(script: str) -> None:
    assert reporting(("npm", "test"), "/new", {"test": script}) is None
