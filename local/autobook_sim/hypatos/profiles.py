"""Each way in which Hypatos may behave where its reference says nothing (docs/hypatos-api.md, "What we assume")."""

from dataclasses import dataclass
from typing import Any, Final, Literal

type KnownId = Literal["replaces", "inserts again", "409", "422"]
type Refused = Literal["detail", "detail as text", "loc as text", "problem", "html"]
type Success = Literal["id", "id as a number", "wrapped", "201", "202", "204", "empty", "html"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to behave. The defaults are what we take to be likely."""

    about: str = "As documented; what is not documented, as we take it to be"
    known_id: KnownId = "replaces"
    """What an insert does whose externalId is known."""
    updates: Literal["merged", "404", "405"] = "merged"
    """PATCH: merged (RFC 7396), or not offered."""
    null_removes: bool = True
    """Null in a patch removes a field; else it is refused like any wrong type."""
    success: Success = "id"
    refused: Refused = "detail"
    """The body of a 422."""
    invalid_status: int = 422
    """How a body that is not valid is answered."""
    unauthorized_status: int = 401
    unknown_fields_refused: bool = False
    token_type: str | None = "Bearer"  # noqa: S105 - not a secret
    expires_in: Any = 86400
    """As sent in the token's answer; `...` leaves it out."""
    token_seconds: int = 86400
    """How long a token is valid, whatever `expires_in` says."""
    one_token: bool = False
    """A new token ends the one before."""
    token_at_root: bool = False
    """`/auth/token` beside `/v2`, not below it."""
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    """What a 429 by `calls_per_minute` asks for."""
    calls_per_minute: int = 0
    """0: no limit."""


PROFILES: Final[dict[str, Profile]] = {
    "documented": Profile(),
    "insert-again": Profile("Inserting a known externalId makes a second invoice", known_id="inserts again"),
    "insert-conflict": Profile("Inserting a known externalId is answered 409", known_id="409"),
    "insert-refused": Profile("Inserting a known externalId is answered 422 about externalId", known_id="422"),
    "no-update": Profile("PATCH is not offered (405); inserting again replaces", updates="405"),
    "no-update-404": Profile("PATCH is not found (404); inserting again replaces", updates="404"),
    "insert-only": Profile("PATCH is not offered, and inserting a known externalId is answered 409", "409", "405"),
    "null-refused": Profile("Null does not remove a field in a patch, but is refused", null_removes=False),
    "id-number": Profile("The id in the answer is a number", success="id as a number"),
    "wrapped": Profile("The answer is wrapped in data", success="wrapped"),
    "created": Profile("Answers 201", success="201"),
    "accepted": Profile("Answers 202 without a body", success="202"),
    "no-content": Profile("Answers 204", success="204"),
    "empty-answer": Profile("Answers 200 without a body", success="empty"),
    "html-answer": Profile("Answers 200 with a page", success="html"),
    "detail-text": Profile("detail of a 422 is a text", refused="detail as text"),
    "loc-text": Profile("loc of a 422 is a text", refused="loc as text"),
    "problem-json": Profile("A 422 is a problem document (RFC 9457)", refused="problem"),
    "html-errors": Profile("A 422 is a page", refused="html"),
    "bad-request": Profile("A body that is not valid is answered 400", invalid_status=400),
    "strict-fields": Profile("Fields that are not documented are refused", unknown_fields_refused=True),
    "token-lowercase": Profile("token_type is bearer", token_type="bearer"),  # noqa: S106 - not a secret
    "token-type-absent": Profile("No token_type", token_type=None),
    "expires-absent": Profile("No expires_in; a token lasts an hour", expires_in=..., token_seconds=3600),
    "expires-text": Profile("expires_in is a text", expires_in="3600", token_seconds=3600),
    "expires-fraction": Profile("expires_in is no whole number", expires_in=3599.5, token_seconds=3599),
    "expires-null": Profile("expires_in is null", expires_in=None, token_seconds=3600),
    "expires-soon": Profile("A token lasts ten seconds", expires_in=10, token_seconds=10),
    "expires-early": Profile("A token ends long before it says", token_seconds=1),
    "one-token": Profile("A new token ends the one before", one_token=True),
    "token-at-root": Profile("The token endpoint is beside /v2", token_at_root=True),
    "forbidden": Profile("A token that has expired is answered 403", unauthorized_status=403, token_seconds=1),
    "limited": Profile("20 calls a minute, Retry-After in seconds", calls_per_minute=20),
    "limited-date": Profile("20 calls a minute, Retry-After is a date", calls_per_minute=20, retry_after="date"),
    "limited-bare": Profile("20 calls a minute, no Retry-After", calls_per_minute=20, retry_after="none"),
}
