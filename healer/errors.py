"""Everything a user can meet, each with its own sentence.

    SelfHealError                 exit code 2 unless said otherwise
    ├── UsageError                the command line, the configuration or an input file is wrong
    ├── RepositoryError           there is no usable git commit to work from
    ├── SuiteError                the test command cannot be started
    │   └── ImageUnavailable      the image that it is to be started in cannot be had
    ├── SandboxError              tests cannot be kept away from the secrets of this process
    ├── ProcessFailed             git failed where no error above says more (healer.adapters.process)
    ├── DeliveryError             a proven fix could not be handed over; the patch is still in the result
    └── EngineError               ends one engine's turn, never the run
        ├── ModelUnavailable      no answer to be had: key, network, endpoint, overload
        │   └── AnswerPending     not yet: the same run, made again later, gets it
        └── BudgetExhausted       the next call could exceed the cap, so it was not made

A defect in self-heal itself is any other exception: exit code 3, at one boundary (`healer.cli`).
"""

from __future__ import annotations


class SelfHealError(Exception):
    """A sentence for people: what happened, why, and what to do; `code` says it to programs."""

    exit_code = 2

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code or self.default_code
        self.sentence = sentence

    default_code = "error"


class UsageError(SelfHealError):
    """The command line, the configuration or an input file is wrong."""

    default_code = "usage"


class RepositoryError(SelfHealError):
    """There is no usable git commit to work from."""

    default_code = "repository"


class SuiteError(SelfHealError):
    """The test command cannot be started."""

    default_code = "suite_not_started"


class ImageUnavailable(SuiteError):  # noqa: N818 - reads as what happened
    """The image that the suite is to run in cannot be had."""

    default_code = "image_unavailable"


class SandboxError(SelfHealError):
    """Tests cannot be kept away from the secrets of this process."""

    default_code = "sandbox_unavailable"


class DeliveryError(SelfHealError):
    """A proven fix could not be handed over."""

    exit_code = 1
    default_code = "delivery_failed"


class EngineError(SelfHealError):
    """Ends one engine's turn, never the run."""

    exit_code = 1


class ModelUnavailable(EngineError):  # noqa: N818 - reads as what happened, as in the vocabulary
    """No answer to be had from the model."""

    default_code = "model_unavailable"


class AnswerPending(ModelUnavailable):
    """The question was taken and is not answered yet; the same run, made again later, gets the answer."""

    default_code = "batch_pending"


class BudgetExhausted(EngineError):  # noqa: N818 - reads as what happened, as in the vocabulary
    """The next call could exceed the cap, so it was not made."""

    default_code = "budget"
