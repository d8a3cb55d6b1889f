"""What can go wrong at a platform, by what it means for trying again; the texts are for officers, without secrets."""

from __future__ import annotations


class ConnectorError(Exception):
    """Something at the platform went wrong."""

    retry_after: float | None = None


class Temporary(ConnectorError):
    """It may work later; for a send: the platform certainly did not take it.

    `retry_after` are seconds. `everywhere` says that the whole platform or account is concerned (away, rate limit),
    not this one text: then nothing else is tried on the channel meanwhile.
    """

    def __init__(self, text: str, retry_after: float | None = None, *, everywhere: bool = True) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        self.everywhere = everywhere


class Permanent(ConnectorError):
    """It will never work as it stands (refused, gone, too long)."""


class Gone(Permanent):
    """The platform says that there is no such thing (any more)."""


class NeedsLogin(ConnectorError):
    """The token is expired, revoked or lacks a permission; a person must connect again."""


class NotPermitted(NeedsLogin):
    """The token works, and a permission for this alone is missing."""


class OutcomeUnknown(ConnectorError):
    """A send left, and no answer came back: it may have been taken."""


class CannotTell(ConnectorError):
    """The platform has no way to find out whether a send arrived: a person decides."""


class BadSignature(ConnectorError):
    """The delivery is not signed by the app's secret, or too old."""


class Unreadable(ConnectorError):
    """The body is not what the platform documents; the raw item is kept and put aside with this reason."""
