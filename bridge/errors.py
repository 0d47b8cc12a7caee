"""Errors say who must act. Anything else that is raised is a bug and is shunted."""

from __future__ import annotations


class SecondedError(Exception):
    """The base of every error this program raises on purpose."""


class Transient(SecondedError):  # noqa: N818 - the name says who must act
    """Time heals it: the loop tries again.

    Attributes:
        retry_after: seconds the other side asked us to wait, or None.
        outcome_unknown: the request may have been carried out (its answer was lost).
        alone: only what was asked failed; it says nothing about the server that was asked.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
        alone: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        self.alone = alone


class Permanent(SecondedError):  # noqa: N818 - the name says who must act
    """A human must look: the item is shunted and listed by ``seconded shunted``."""


class TooLarge(Permanent):
    """The other side takes nothing of this size, and never will as it is configured.

    Attributes:
        limit: what it takes, in bytes; None when it does not say.
    """

    def __init__(self, message: str, *, limit: int | None = None) -> None:
        super().__init__(message)
        self.limit = limit


class ConfigError(SecondedError):
    """Found before anything starts; carries every mistake at once.

    Attributes:
        mistakes: sentences, each beginning with the path of the option.
    """

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class UserError(SecondedError):
    """A person's request cannot be done; the message says why and shows the right form."""
