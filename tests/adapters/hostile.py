"""A project whose repository is a trap: every known way for a git command to start a program leaves a mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.projects import Program, build, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.projects import Content, Project

HOOKS = (
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout", "post-commit",
    "post-index-change", "post-merge", "post-receive", "post-rewrite", "post-update", "pre-applypatch",
    "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase", "pre-receive", "prepare-commit-msg",
    "proc-receive", "push-to-checkout", "reference-transaction", "sendemail-validate", "update",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trapped:
    """A project full of traps, and the folder that those leave their marks in."""

    project: Project
    marks: Path

    @property
    def sprung(self) -> list[str]:
        """The traps that a command has walked into."""
        return sorted(mark.name for mark in self.marks.iterdir())

    def mark(self, name: str) -> str:
        """Return a shell command that leaves a mark."""
        return f"touch '{self.marks}/{name}'; cat; false"


def trapped(folder: Path) -> Trapped:
    """Build a project with changes in its working tree that git can only tell by looking into files, then arm it."""
    marks = folder / "marks"
    marks.mkdir()
    files: dict[str, Content] = dict.fromkeys(("shop.py", "shop.txt", "shop.md", "shop.cfg"), "total = 1\n")
    made = Trapped(build(folder / "project", files, {"shop.py": "total = totl\n"}), marks)
    made.project.write({"shop.py": "total = totj\n", **{name: "total = 2\n" for name in files if name != "shop.py"}})
    arm(made)
    return made


def arm(made: Trapped) -> None:
    """Write configuration, attributes and hooks that run commands."""
    git, mark = made.project.git, made.mark
    for name in HOOKS:
        write(made.project.root / ".git" / "hooks" / name, Program(f"#!/bin/sh\n{mark('hook-' + name)}\n"))
    settings = {
        "core.hooksPath": str(made.project.root / ".git" / "hooks"),
        "core.fsmonitor": mark("fsmonitor"),
        "core.pager": mark("pager"),
        "pager.status": mark("pager-status"),
        "core.editor": mark("editor"),
        "core.sshCommand": mark("ssh"),
        "core.gitProxy": mark("proxy"),
        "core.askPass": mark("askpass"),
        "core.alternateRefsCommand": mark("alternate-refs"),
        "credential.helper": f"!{mark('credential')}",
        "diff.external": mark("diff-external"),
        "diff.trap.command": mark("diff-command"),
        "diff.trap.textconv": mark("textconv"),
        "filter.trap.clean": mark("clean"),
        "filter.trap.smudge": mark("smudge"),
        "filter.trap.process": mark("process"),
        "filter.trap.required": "true",
        "filter.a=b.clean": mark("clean-with-equals-sign"),
        "filter.MixedCase.clean": mark("clean-mixed-case"),
        "merge.trap.driver": mark("merge"),
        "gpg.program": mark("gpg"),
        "log.showSignature": "true",
        "commit.gpgSign": "true",
        "uploadpack.packObjectsHook": mark("pack-objects"),
        "gc.auto": "1",
        "alias.status": f"!{mark('alias')}",
        "interactive.diffFilter": mark("diff-filter"),
        "status.submoduleSummary": "true",
        "status.showUntrackedFiles": "no",
        "status.branch": "true",
        "status.relativePaths": "false",
        "color.ui": "always",
        "core.attributesFile": str(made.marks.parent / "attributes"),
    }
    for name, value in settings.items():
        git("config", name, value)
    with (made.project.root / ".git" / "config").open("ab") as stream:
        stream.write(b'[filter "\xff"]\n\tclean = "%s"\n' % mark("clean-not-utf-8").encode())
    attributes = b"* filter=trap diff=trap\n*.txt filter=a=b\n*.md filter=MixedCase\n*.cfg filter=\xff\n"
    for place in (made.marks.parent / "attributes", made.project.root / ".git" / "info" / "attributes"):
        write(place, attributes)
    write(made.project.root / ".gitattributes", attributes)


def arm_lazy_fetching(made: Trapped) -> None:
    """Make the repository claim that missing objects can be fetched, by commands of its own."""
    git = made.project.git
    git("config", "core.repositoryFormatVersion", "1")
    git("config", "extensions.partialClone", "origin")
    git("config", "remote.origin.promisor", "true")
    git("config", "remote.origin.url", f"ext::sh -c {made.marks.parent}/helper")
    git("config", "remote.origin.uploadpack", str(made.marks.parent / "helper"))
    git("config", "url.ext::sh -c x.insteadOf", "https://")
    for protocol in ("ext", "file", "git", "ssh"):
        git("config", f"protocol.{protocol}.allow", "always")
    write(made.marks.parent / "helper", Program(f"#!/bin/sh\ntouch '{made.marks}/lazy-fetch'\n"))
