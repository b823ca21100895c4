"""What a PATCH answers, and what becomes of the values that it writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autobook_sim.kanbert.answers import Answer, Call
from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.stage import Stage
from autobook_sim.kanbert.refusals import Refusal

_PATCHES = ("incoming.update", "booking.update")


@dataclass(frozen=True)
class PatchAnswer(Profile):
    """The answer to a PATCH that was carried out, changed by `change`."""

    change: Callable[[Answer], Answer] = lambda answer: answer

    def after(self, stage: Stage, call: Call, answer: Answer) -> Answer:  # noqa: ARG002
        """Another answer."""
        done = call.operation in _PATCHES and answer.status < 300 and answer.content is None
        return self.change(answer) if done else answer


def _with(value: Callable[[Any], Any]) -> Callable[[Answer], Answer]:
    return lambda answer: Answer(answer.status, value(answer.value))


@dataclass(frozen=True)
class TextsNormalised(Profile):
    """Blanks at both ends go, several become one, line ends become CRLF, the first letter a capital."""

    def written(self, stage: Stage, kind: str, fields: dict[str, Any]) -> None:  # noqa: ARG002
        """As a CRM tidies what comes."""
        for name in ("title", "notes", "invoice_number"):
            text = fields.get(name)
            if isinstance(text, str) and text:
                lines = [" ".join(line.split()) for line in text.splitlines()]
                tidy = "\r\n".join(lines).strip()
                fields[name] = tidy[:1].upper() + tidy[1:]


@dataclass(frozen=True)
class ValueCleared(Profile):
    """A value is taken, and not kept: the field is empty afterwards."""

    field: str = ""

    def written(self, stage: Stage, kind: str, fields: dict[str, Any]) -> None:  # noqa: ARG002
        """Empty."""
        if fields.get(self.field) is not None:
            fields[self.field] = None


@dataclass(frozen=True)
class AccountClears(Profile):
    """An account that is set clears the line's position."""

    def written(self, stage: Stage, kind: str, fields: dict[str, Any]) -> None:  # noqa: ARG002
        """Cleared beside it, unless it is written too."""
        if kind == "booking" and "chart_of_account_id" in fields:
            fields.setdefault("position_id", None)


@dataclass(frozen=True)
class AccountSetsType(Profile):
    """An account that is set sets the line's type."""

    def written(self, stage: Stage, kind: str, fields: dict[str, Any]) -> None:  # noqa: ARG002
        """Set beside it, unless it is written too."""
        if kind == "booking" and fields.get("chart_of_account_id") is not None:
            fields.setdefault("type", "account_other")


@dataclass(frozen=True)
class ProjectSetsClient(Profile):
    """A project that is set sets the line's client."""

    def written(self, stage: Stage, kind: str, fields: dict[str, Any]) -> None:
        """Set beside it, unless it is written too."""
        project = stage.store.get("projects", fields.get("project_id")) if kind == "booking" else None
        if project is not None:
            fields.setdefault("client_id", project["client"]["id"])


@dataclass(frozen=True)
class AccountRefused(Profile):
    """An account that is written is refused; `errors` are what the 422 names."""

    errors: Mapping[str, list[str]] | None = None

    def written(self, stage: Stage, kind: str, fields: dict[str, Any]) -> None:  # noqa: ARG002
        """422, and nothing of the request is carried out."""
        if kind == "booking" and fields.get("chart_of_account_id") is not None:
            raise Refusal(422, "The account is closed.", self.errors)


@dataclass(frozen=True)
class Untouched(Profile):
    """`updated_at` stays as it is when these change."""

    kinds: frozenset[str] = frozenset()

    def moves(self, stage: Stage, kind: str) -> bool:  # noqa: ARG002
        """False for these."""
        return kind not in self.kinds


@dataclass(frozen=True)
class UpdatedNull(Profile):
    """`updated_at` is never set."""

    changes_documents = True

    def present(self, stage: Stage, kind: str, record: dict[str, Any]) -> None:  # noqa: ARG002
        """Null."""
        if kind in ("incoming", "outgoing", "booking"):
            record["updated_at"] = None


_ANSWER = "what the answer to a PATCH contains"
_TAKEN = "what Kanbert takes of a value"
_BESIDE = "what a PATCH changes beside its fields"
_REFUSED = "fields that a 422 names"
_UPDATED = "whether `updated_at`"
_HTML = b"<!doctype html><title>Saved</title>"
PATCHES = (
    PatchAnswer("patch-without-parts", _ANSWER, "a PATCH answers without bookings and payments", group="patch answer",
                change=_with(lambda v: {k: e for k, e in v.items() if k not in ("bookings", "payments")})),
    PatchAnswer("patch-id-only", _ANSWER, "a PATCH answers the id alone", group="patch answer",
                change=_with(lambda value: {"id": value.get("id")})),
    PatchAnswer("patch-empty", _ANSWER, "a PATCH answers {}", group="patch answer", change=_with(lambda _: {})),
    PatchAnswer("patch-nothing", _ANSWER, "a PATCH answers 204", group="patch answer", change=lambda _: Answer(204)),
    PatchAnswer("patch-wrapped", _ANSWER, "a PATCH wraps its answer in data", group="patch answer",
                change=_with(lambda value: {"data": value})),
    PatchAnswer("patch-list", _ANSWER, "a PATCH answers a list of one", group="patch answer",
                change=_with(lambda value: [value])),
    PatchAnswer("patch-message", _ANSWER, "a PATCH answers {message}", group="patch answer",
                change=_with(lambda _: {"message": "Updated."})),
    PatchAnswer("patch-unreadable", _ANSWER, "a PATCH answers a page", group="patch answer",
                change=lambda _: Answer(200, content=_HTML, media_type="text/html")),
    TextsNormalised("texts-normalised", _TAKEN, "blanks, line ends and the first letter of texts are normalised"),
    ValueCleared("account-not-kept", _TAKEN, "an account that is written is not kept", field="chart_of_account_id"),
    ValueCleared("title-not-kept", _TAKEN, "a title that is written is not kept", field="title"),
    AccountClears("account-clears", _BESIDE, "an account that is written clears the line's position"),
    AccountSetsType("account-sets-type", _BESIDE, "an account that is written sets the line's type"),
    ProjectSetsClient("project-sets-client", _BESIDE, "a project that is written sets the line's client"),
    AccountRefused("refused-without-fields", _REFUSED, "every account is refused, and the 422 names no field",
                   group="refused"),
    AccountRefused("refused-by-path", _REFUSED, "every account is refused, and the 422 names it by a path",
                   group="refused", errors={"bookings.0.chart_of_account_id": ["The account is closed."]}),
    UpdatedNull("updated-null", _UPDATED, "updated_at is null everywhere", group="updated_at"),
    Untouched("updated-never", _UPDATED, "updated_at stays that of the creation", group="updated_at",
              kinds=frozenset({"incoming", "booking", "outgoing"})),
    Untouched("updated-not-by-lines", _UPDATED, "updated_at stays when a line changes", group="updated_at",
              kinds=frozenset({"booking"})),
)  # fmt: skip
