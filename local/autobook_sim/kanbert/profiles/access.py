"""Who may ask, how often, and when: refusals that pass by themselves, and one that does not."""

from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

from autobook_sim.kanbert.answers import Answer, Call
from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.stage import Stage
from autobook_sim.kanbert.wire import Record

_LAG = timedelta(seconds=25)
"""How long a new document is not found."""
_RATE = 60
"""Calls a minute."""


@dataclass(frozen=True)
class Limited(Profile):
    """60 calls a minute. `as_date`: `Retry-After` is an HTTP date; `silent`: there is none."""

    as_date: bool = False
    silent: bool = False

    def interrupt(self, stage: Stage, call: Call) -> Answer | None:  # noqa: ARG002
        """429 for what is beyond the limit."""
        now = stage.now
        minute = now.replace(second=0, microsecond=0)
        kept = stage.kept.setdefault((self.id, "minute"), {"minute": minute, "calls": 0})
        if minute > kept["minute"]:
            kept |= {"minute": minute, "calls": 0}
        kept["calls"] += 1
        if kept["calls"] <= _RATE:
            return None
        free = kept["minute"] + timedelta(minutes=1)
        seconds = max(1, round((free - now).total_seconds()))
        headers = {"Retry-After": format_datetime(free, usegmt=True) if self.as_date else str(seconds)}
        return Answer(429, {"message": "Too Many Attempts."}, headers={} if self.silent else headers)


@dataclass(frozen=True)
class NotFoundYet(Profile):
    """A document that has just come is not found by its id."""

    def interrupt(self, stage: Stage, call: Call) -> Answer | None:
        """404 for some seconds."""
        created = stage.created_at.get(call.document)
        if created is None or stage.now - created >= _LAG:
            return None
        return Answer(404, {"message": "Not Found"})


@dataclass(frozen=True)
class MissingNowAndThen(Profile):
    """A replica that lags: now and then a document is not found."""

    def interrupt(self, stage: Stage, call: Call) -> Answer | None:
        """404 in one of eight looks."""
        looks = call.operation in ("incoming.show", "outgoing.show")
        return Answer(404, {"message": "Not Found"}) if looks and stage.turn(8, self.id, call.document) == 0 else None


@dataclass(frozen=True)
class Forbidden(Profile):
    """One document, the second that comes, is closed to us, while lists show it."""

    def created(self, stage: Stage, table: str, record: Record) -> None:  # noqa: ARG002
        """Is it the second?"""
        came = stage.kept.setdefault((self.id, "came"), [])
        came.append(record["id"])

    def instead(self, stage: Stage, call: Call) -> Answer | None:
        """403 for it."""
        came = stage.kept.get((self.id, "came"), [])
        there = any(stage.store.get(table, call.document) for table in ("incoming", "outgoing"))
        struck = there and call.document in came[1:2]
        return Answer(403, {"message": "This action is unauthorized."}) if struck else None


@dataclass(frozen=True)
class Unauthenticated(Profile):
    """For a minute in twenty the token is refused."""

    def interrupt(self, stage: Stage, call: Call) -> Answer | None:  # noqa: ARG002
        """401 in that minute."""
        return Answer(401, {"message": "Unauthenticated."}) if stage.now.minute % 20 == 7 else None


@dataclass(frozen=True)
class NotNow(Profile):
    """Calls answered with a status that says "not now", or with something that is no answer of the API.

    Not the download of incoming PDFs: on a path that is a guess these say that there is no such path.
    """

    answers: tuple[Answer, ...] = ()
    share: int = 12

    def interrupt(self, stage: Stage, call: Call) -> Answer | None:
        """Now and then."""
        if call.operation == "incoming.pdf" or stage.turn(self.share, self.id, call.operation) != 0:
            return None
        one = self.answers[stage.turn(len(self.answers), self.id, "which")]
        return Answer(one.status, one.value, one.content, one.media_type, dict(one.headers))


_LATER = "answers 408, 409, 423, 425, redirects"
ACCESS = (
    Limited("limit-seconds", "rate limits", "60 calls a minute; Retry-After in seconds", group="rate limit"),
    Limited("limit-date", "rate limits", "60 calls a minute; Retry-After as a date", group="rate limit", as_date=True),
    Limited("limit-silent", "rate limits", "60 calls a minute; no Retry-After", group="rate limit", silent=True),
    NotFoundYet("missing-at-first", "a 404", "a new document is answered 404 for 25 seconds"),
    MissingNowAndThen("missing-at-times", "a 404", "one look in eight at a document is answered 404"),
    Forbidden("forbidden-document", "a 403 or a 401", "one document is answered 403, for ever"),
    Unauthenticated("unauthenticated-minutes", "a 403 or a 401", "every call is answered 401 for a minute in twenty"),
    NotNow(
        "not-now",
        _LATER,
        "one call in twelve is answered 408, 409, 423 or 425",
        answers=tuple(Answer(status, {"message": "Not now."}) for status in (408, 409, 423, 425)),
    ),
    NotNow(
        "maintenance",
        _LATER,
        "one call in twelve is answered with a redirect, a page, or half of an answer",
        answers=(
            Answer(302, content=b"", headers={"Location": "https://app.kanbert.com/maintenance"}),
            Answer(200, content=b"<!doctype html><title>Maintenance</title>", media_type="text/html"),
            Answer(200, content=b'{"data": [{"id": "Ab'),
            Answer(502, content=b"Bad Gateway", media_type="text/plain"),
        ),
    ),
)
