"""A second opinion on a proved change: another model reads it with the code, and accepts it or says why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.engines.model import prompt, reply
from healer.engines.model.fencing import cut_middle, visible
from healer.engines.model.reflection import without_headers
from healer.engines.model.templates import template
from healer.errors import ModelUnavailable
from healer.models.outcome import Opinion
from healer.ports import Message, ModelRequest, RepairTask

if TYPE_CHECKING:
    from healer.engines.model.fencing import Fence
    from healer.engines.model.reading import Reader
    from healer.models.code import Diagnosis
    from healer.models.outcome import Fix
    from healer.ports import ModelClient, SourceTree

OUTPUT_TOKENS = 4_000
DIFF_LIMIT = 12_000
REASONS_LIMIT = 1_000
_VERDICT = re.compile(
    r"^[\s>#*_`-]*VERDICT[\s*_`]*[:\uff1a][\s*_`]*(?P<word>accept|doubt)\b(?P<rest>.*)$", re.IGNORECASE
)


@dataclass(frozen=True)
class ModelReviewer:
    """Satisfies `Reviewer`. An answer without a verdict counts as no opinion; a reviewer is never talked into one."""

    client: ModelClient
    reader: Reader
    fence: Fence
    max_output_tokens: int = OUTPUT_TOKENS

    def review(self, fix: Fix, diagnosis: Diagnosis, source: SourceTree) -> Opinion:
        """Ask once; see `Reviewer`."""
        asked = self.request(fix, diagnosis, source)
        said = self.client.complete(asked)
        found = None if said.truncated or said.refused else verdict(self.fence.redact(said.text))
        if found is None:
            raise ModelUnavailable(f"{said.model} gave no verdict on the change", code="no_verdict")
        accepts, reasons = found
        return Opinion(accepts, reasons, said.model)

    def request(self, fix: Fix, diagnosis: Diagnosis, source: SourceTree) -> ModelRequest:
        """Return the question: the code and the failures as the repair saw them, the change, its author's account."""
        task = RepairTask(diagnosis, source)
        reading = self.reader.read(diagnosis, source, 1)
        shown, past = prompt.evidence(task, reading, self.fence), prompt.history(task, reading, self.fence)
        account = fix.analysis
        claims = {"Root cause": account.root_cause, "Impact": account.impact, "Strategy": account.strategy}
        told = "\n".join(f"{label}: {self.fence.clean(text, 1_000)}" for label, text in claims.items() if text.strip())
        change = self.fence.enclose(self.fence.clean(without_headers(fix.diff), DIFF_LIMIT))
        parts = [*(section.text for section in (*shown.failures, *past)), f"# The change\n\n{change}"]
        if told:
            parts.append(f"# What its author says of it\n\n{self.fence.enclose(told)}")
        message = "\n\n".join([*parts, template("review_task").text])
        return ModelRequest(
            template("review_system").text, (Message("user", message),), self.max_output_tokens, context=shown.context
        )


def verdict(text: str) -> tuple[bool, str] | None:
    """Return whether a reply accepts, and its reasons for doubt; None when it says neither, or both."""
    lines = reply.prose(visible(text))
    found = [(number, match) for number, line in enumerate(lines) if (match := _VERDICT.match(line))]
    if len({match["word"].lower() for _, match in found}) != 1:
        return None
    number, match = found[0]
    told = [match["rest"].strip(" .:*_`-"), *lines[number + 1 :]]
    reasons = " ".join(" ".join(filter(None, told)).split()) or " ".join(" ".join(lines[:number]).split())
    accepts = match["word"].lower() == "accept"
    return accepts, "" if accepts else cut_middle(reasons or "no reasons given", REASONS_LIMIT)
