"""Models played by hand: what is asked is written to files, what stands beside them is the answer.

A run meets an endpoint that answers what has been answered so far, and refuses the first question that has not. That
question is written down, and the case is played again from its start once somebody has answered it: nothing waits for
hours, and no clock of a client runs out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.variants.running import Addresses, run
from tests.model_server import Fails, Says, model_server

if TYPE_CHECKING:
    from pathlib import Path

    from bench.variants.making import Made
    from tests.model_server import Reply, Request

_UNANSWERED = Fails(401, "nobody has answered this question yet", "authentication_error")


def play(made: Made, prompts: Path, folder: Path) -> tuple[dict[str, Any], list[Path]]:
    """Heal a case with the answers written so far; return the result, and the questions that wait for an answer.

    Questions and answers are `NNNN.prompt.md` and `NNNN.answer.md` in `prompts`, those of the second provider of an
    ensemble in its folder `openai`.
    """
    places = (prompts, prompts / "openai")
    for number, text in enumerate(made.case.answers, start=1):
        prompts.mkdir(parents=True, exist_ok=True)
        (prompts / f"{number:04d}.answer.md").write_text(text.lstrip("\n"), "utf-8")
    with model_server(*_script(places[0])) as first, model_server(*_script(places[1])) as second:
        result = run(made, Addresses(first.url, second.url), folder)
    waiting = [
        question
        for place, server in zip(places, (first, second), strict=True)
        for question in _written(place, server.requests)
        if not answer_of(question).exists()
    ]
    return result, waiting


def answer_of(question: Path) -> Path:
    """Return where the answer to a question belongs."""
    return question.with_name(question.name.replace(".prompt.", ".answer."))


def _script(place: Path) -> list[Reply]:
    answered = sorted(place.glob("*.answer.md"))
    return [*(Says(file.read_text("utf-8")) for file in answered), _UNANSWERED]


def _written(place: Path, asked: list[Request]) -> list[Path]:
    """Write down what was asked; a question that has its answer stays as it was when it was answered."""
    written = []
    for number, request in enumerate(asked, start=1):
        question = place / f"{number:04d}.prompt.md"
        if not (question.exists() and answer_of(question).exists()):
            place.mkdir(parents=True, exist_ok=True)
            question.write_text(request.prompt, "utf-8")
        written.append(question)
    return written
