"""Errors, split by what the caller should do.

AutobookError
├── Reject       the input is wrong: answer so, do not try again
├── RetryLater   nothing is wrong with the input: the same message may succeed later
│   ├── AccessRefused   our own credentials are refused: stop consuming and raise the alarm
│   │   ├── NotFilledIn     there are no credentials yet: the secret is as the deployment made it
│   │   └── Forbidden       refused for one document: the others go on until a second one is refused
│   ├── NoTimeLeft      this run is over before it could begin: nothing failed
│   ├── Unanswered      a write was sent, and may have been carried out
│   ├── BrokenPaging    a list's cursors lead nowhere: begin its walk anew
│   └── FileUnavailable   the document is there, its file cannot be had at the moment
└── GiveUp       trying again cannot help: to the dead-letter queue, with the reason
    ├── NotFound   the document is not there (any more)
    ├── Refused    understood and turned down; nothing was changed
    ├── UnreadableDocument   the document is there, but a field that decides cannot be read
    ├── AwaitsMapping   somebody has to write down what it is called in the other system; then it goes on by itself
    └── ArchiveConflict   the archive has something else where this belongs
"""

from collections.abc import Mapping


class AutobookError(Exception):
    """Base of every error that this product raises on purpose. `str(error)` is a sentence for people."""


class Reject(AutobookError):
    """The input is malformed or not for us; the sender is told, nothing is queued."""


class RetryLater(AutobookError):
    """The same work may succeed later.

    `after` is the wait in seconds that the other side asked for (`Retry-After`), or None.
    """

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class AccessRefused(RetryLater):
    """Our credentials are refused (401): every message would fail alike, none is at fault."""


class NotFilledIn(AccessRefused):
    """The secret holds no credentials yet: somebody has to fill it in after the deployment."""


class Forbidden(AccessRefused):
    """Our credentials do not reach this one (403): the document may be closed to us, or a scope be missing."""


class NoTimeLeft(RetryLater):
    """The run ends before the work could be done; that says nothing about the work."""


class Unanswered(RetryLater):
    """A write was sent and no answer tells what became of it: it may have been carried out.

    Any other error of a write says that it was certainly not carried out.
    """


class BrokenPaging(RetryLater):
    """A list refuses the cursor that it gave (400/422), or gives one a second time: its walk has to begin anew."""


class FileUnavailable(RetryLater):
    """A document's file cannot be had at the moment: Kanbert fails, or sends something that is no file."""


class GiveUp(AutobookError):
    """Trying again cannot help; the message goes to its dead-letter queue, reason `str(error)`."""


class NotFound(GiveUp):
    """The document does not exist (any more)."""


class Refused(GiveUp):
    """The other side understood what we asked for and turned it down; nothing was changed.

    `fields`: the message about each field that the refusal names, under the name that the request gave it; empty where
    it names none.
    """

    def __init__(self, reason: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.fields = dict(fields or {})


class UnreadableDocument(GiveUp):
    """The document is there, but cannot be read; the message names it and its fields.

    `source` is what came, as far as it could be decoded.
    """

    source: object = None


class AwaitsMapping(GiveUp):
    """What the document names has no name in the other system. Once it has, its dead letter is put back by itself.

    `mappings`: the keys of all that is missing, such as `supplier:sup9`.
    """

    def __init__(self, reason: str, mappings: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.mappings = mappings


class ArchiveConflict(GiveUp):
    """The archive has other content under a name that is given once: table and bucket no longer belong together."""
