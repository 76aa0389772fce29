"""The pieces of Markdown that the pull request and the summary share; foreign text enters through `markdown` only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.delivery.markdown import bullets, code, details, fenced, prose, quoted
from healer.models.outcome import Delivered, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import Usage
    from healer.models.evidence import FailureCluster
    from healer.models.outcome import Attempt, Fix

_CLUSTERS = 10
_CASES = 10
_ATTEMPTS = 30

PLAUSIBLE = (
    "Passing tests make this change *plausible*, not *correct*: the tests know only what they check. "
    "Please review it like any other change."
)


FOLLOWS = {
    Standing.AUTO_MERGE: "It is strong: this change is fit for auto-merge.",
    Standing.REVIEW: "It is good: this change is worth a review.",
    Standing.DRAFT: "It is thin: take this as a draft, and as a start for a repair of your own.",
}


def failures(clusters: Sequence[FailureCluster], trace_bytes: int) -> str:
    """Say what failed, by cause: the test cases, and the message of one of them."""
    if not clusters:
        return ""
    parts = ["### What failed"]
    for cluster in clusters[:_CLUSTERS]:
        shown = cluster.representative
        cases = [code(failure.id) for failure in cluster.failures[:_CASES]]
        if len(cluster.failures) > _CASES:
            cases.append(f"and {len(cluster.failures) - _CASES} more")
        parts.append(bullets(cases))
        if shown.headline.strip():
            parts.append(fenced(shown.headline, "text", limit=1500))
        if shown.text.strip() and trace_bytes:
            parts.append(details("Trace", fenced(shown.text, "text", limit=trace_bytes)))
    if len(clusters) > _CLUSTERS:
        parts.append(f"and {len(clusters) - _CLUSTERS} more groups of failures")
    return "\n\n".join(parts)


def root_cause(fix: Fix) -> str:
    """Give the engine's account, quoted as what it is: a claim."""
    account = fix.analysis
    if not (account.root_cause or account.impact or account.strategy).strip():
        return ""
    parts = [f"### Root cause\n\nBy the account of {engine(fix.engine, fix.model)}:"]
    for title, text in (("", account.root_cause), ("Impact:", account.impact), ("Repair:", account.strategy)):
        if text.strip():
            parts.append((f"{title}\n\n" if title else "") + quoted(text))
    return "\n\n".join(parts)


def change(fix: Fix, limit: int) -> str:
    """Show the canonical diff."""
    files = ", ".join(code(path) for path in fix.paths[:20]) or "no file"
    return f"### The change\n\nIn {files}:\n\n{fenced(fix.diff, 'diff', limit=limit)}"


def proof(fix: Fix) -> str:
    """Print what verification established, sentence by sentence, and what that is worth."""
    said = bullets(prose(sentence) for sentence in fix.proof)
    return f"### The proof\n\n{said}\n\n{PLAUSIBLE}" if said else f"### The proof\n\n{PLAUSIBLE}"


def confidence(fix: Fix, delivered: Delivered | None = None) -> str:
    """Say how likely the change is right by the evidence, why, and what followed from that, once it was delivered."""
    if fix.confidence is None:
        return ""
    weighed = bullets(prose(reason, 1500) for reason in fix.confidence.reasons)
    followed = [FOLLOWS[fix.confidence.standing], *_followed(fix.confidence.standing, delivered or Delivered())]
    # Cut, not rounded: what is below a threshold does not read as if it had reached it.
    head = f"### Confidence\n\n{f'{fix.confidence.value:.3f}'[:-1]}, by the evidence. {' '.join(followed)}"
    return f"{head}\n\n{weighed}" if weighed else head


def _followed(standing: Standing, delivered: Delivered) -> Iterator[str]:
    """Say what was done in the pull request, and nothing of what was not delivered to one."""
    if delivered.auto_merge:
        yield "Auto-merge is enabled: GitHub merges it once all that the base branch requires has passed."
    elif delivered.pull_request and standing is Standing.AUTO_MERGE:
        yield "Auto-merge is not enabled."
    if delivered.asked:
        names = (f"the team {code(name[5:])}" if name.startswith("team:") else code(name) for name in delivered.asked)
        yield f"A review is requested of {', '.join(names)}."


def engine(name: str, model: str | None) -> str:
    """Name who proposed: `the embedded engine`, `the anthropic engine (model)`."""
    return f"the {code(name, 60)} engine" + (f" ({code(model, 100)})" if model else "")


def attempts(tried: Sequence[Attempt], diff_bytes: int) -> str:
    """Say what was tried and why each attempt fell, with its diff where there is room for it."""
    if not tried:
        return ""
    parts = ["### What was tried"]
    for attempt in tried[:_ATTEMPTS]:
        line = f"- Round {attempt.round}, {engine(attempt.engine, attempt.model)}: **{prose(attempt.verdict, 40)}**"
        parts.append(f"{line}. {prose(attempt.why)}" if attempt.why.strip() else line)
        if attempt.diff.strip() and diff_bytes and attempt.verdict != "verified":
            parts.append(details("The change that was tried", fenced(attempt.diff, "diff", limit=diff_bytes)))
    if len(tried) > _ATTEMPTS:
        parts.append(f"and {len(tried) - _ATTEMPTS} more")
    return "\n\n".join(parts)


def numbers(usage: Usage, seconds: float | None = None) -> str:
    """State what the run, or one job of it, took."""
    tokens = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    spent = (
        f"${usage.cost_usd:.4f} for {tokens} tokens in and {usage.output_tokens} out"
        if tokens
        else "no model was asked"
    )
    lasted = f"{seconds:.0f} seconds; " if seconds is not None else ""
    return f"### What it took\n\n{lasted}{spent}."


def notes(said: Sequence[str]) -> str:
    """List what the reader must know beside the outcome."""
    return f"### To know\n\n{bullets(prose(note) for note in said)}" if said else ""
