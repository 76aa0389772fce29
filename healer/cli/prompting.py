"""`self-heal diagnose --prompt`: the prompt that a model would be sent, and what each part of it costs in tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from healer.cli.clients import LiveClients
from healer.cli.engines import Cast
from healer.ports import RepairTask
from healer.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.cli.settings import Settings
    from healer.engines.model.prompt import Prompt
    from healer.models.code import Diagnosis
    from healer.ports import SourceTree


def prompt_for(diagnosis: Diagnosis, source: SourceTree, settings: Settings) -> Prompt:
    """Return the question that a first round would ask; nobody is asked."""
    cast = Cast(settings, LiveClients(settings), Redactor(settings.keys.secrets))
    return cast.prompting().prompt(RepairTask(diagnosis, source))


def prompt_text(prompt: Prompt) -> str:
    """Return the prompt as it is sent: what is the same for every call of a release, of a run, and of this call."""
    return "\n\n".join(filter(None, (prompt.system, prompt.context, prompt.message))) + "\n"


def prompt_table(prompt: Prompt) -> Iterator[str]:
    """Yield a line for each section with an estimate of its tokens, and their sum."""
    yield f"prompt for {prompt.variant} failures, from {', '.join(prompt.templates)}"
    for section in prompt.sections:
        yield f"{section.tokens:>7}  {section.name}"
    yield f"{prompt.tokens:>7}  tokens in all, by an estimate of four characters each"


def prompt_document(prompt: Prompt) -> dict[str, Any]:
    """Return the prompt for `--format json`, section by section."""
    return {
        "variant": prompt.variant.value,
        "templates": list(prompt.templates),
        "tokens": prompt.tokens,
        "sections": [
            {"name": section.name, "tokens": section.tokens, "text": section.text} for section in prompt.sections
        ],
    }
