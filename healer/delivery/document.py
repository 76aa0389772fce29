"""The document that `run --format json` prints: one JSON object, the same keys whatever the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from healer.models.evidence import Failure, FailureCluster
    from healer.models.outcome import Attempt, HealResult


def result_document(result: HealResult) -> dict[str, Any]:
    """Return the result as JSON-ready values; `patch` is a unified diff, `cost_usd` dollars, `seconds` wall time.

    `patch`, `branch`, `pull_request`, `confidence` (0..1, by the evidence) and `standing` (what that is good for) are
    null when there is no fix, or none was delivered there.
    """
    fix, delivered, usage = result.fix, result.delivered, result.usage
    return {
        "outcome": result.outcome.value,
        "reason": result.reason,
        "sentence": result.sentence,
        "verified": fix is not None,
        "remaining": list(fix.remaining) if fix else [],
        "base": result.base,
        "branch": delivered.branch,
        "pull_request": delivered.pull_request,
        "auto_merge": delivered.auto_merge,
        "review_requested": list(delivered.asked),
        "patch": fix.diff if fix else None,
        "engine": fix.engine if fix else None,
        "model": fix.model if fix else None,
        "proof": list(fix.proof) if fix else [],
        "confidence": fix.confidence.value if fix and fix.confidence else None,
        "confidence_reasons": list(fix.confidence.reasons) if fix and fix.confidence else [],
        "standing": fix.confidence.standing.value if fix and fix.confidence else None,
        "cost_usd": round(usage.cost_usd, 6),
        "tokens": {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "cache_read": usage.cache_read_tokens,
            "cache_write": usage.cache_write_tokens,
        },
        "seconds": round(result.seconds, 3),
        "clusters": [cluster_document(cluster) for cluster in result.clusters],
        "attempts": [_attempt(attempt) for attempt in result.attempts],
        "notes": list(result.remarks),
    }


def cluster_document(cluster: FailureCluster) -> dict[str, Any]:
    """Return one group of failures, with what its representative says."""
    shown = cluster.representative
    return {
        "fingerprint": cluster.fingerprint,
        "type": shown.type,
        "message": shown.message,
        "failures": [identity_document(failure) for failure in cluster.failures],
    }


def identity_document(failure: Failure) -> dict[str, Any]:
    """Return which test case failed, where, and how."""
    return {
        "id": failure.id,
        "suite": failure.suite,
        "name": failure.name,
        "file": failure.file,
        "line": failure.line,
        "kind": failure.kind.value,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "round": attempt.round,
        "engine": attempt.engine,
        "model": attempt.model,
        "verdict": attempt.verdict,
        "why": attempt.why,
        "diff": attempt.diff,
    }
