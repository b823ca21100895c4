"""The client: the documented operations on invoices, one instance per warm function."""

import json
import logging
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from autobook.adapters.http_client import (
    Answer,
    ApiNotFound,
    ApiRefused,
    ApiRetryLater,
    Connection,
    NoAnswer,
    Repeat,
    RetryPolicy,
    to_json,
    unanswered,
)
from autobook.adapters.hypatos.api import HYPATOS, HypatosCall
from autobook.adapters.hypatos.tokens import AccessTokens, ClientCredentials, CredentialSource
from autobook.domain.errors import Forbidden, NotFound, Unanswered
from autobook.domain.hypatos import HypatosInvoice

logger = logging.getLogger("autobook.hypatos")

_INVOICES: Final = "/enrichment/invoices"
_MERGE_PATCH: Final = "application/merge-patch+json"
_CONFLICT: Final = 409
_MAY_MEAN_KNOWN: Final = frozenset({400, _CONFLICT, 422})
"""Refusals of an insert that may mean that the externalId is known."""
_NOT_OFFERED: Final = frozenset({404, 405, 410, 415, 501})
"""Answers to an update that say that there is no such invoice, or no such operation."""


class HypatosClient:
    """Hypatos' API.

    Every method raises RetryLater, AccessRefused (a RetryLater), or GiveUp (Refused, NotFound), each with `failure`
    where a call was made. Unanswered (a RetryLater) leaves open whether a write was carried out.

    `base_url` holds the API's version. `token_url` is the token endpoint where it is not `/auth/token` below the base
    URL. `remaining` gives the seconds left in this run: nothing takes longer; without it a call has 60. `transport` and
    `retry_policy` are for tests.
    """

    def __init__(
        self,
        base_url: str,
        credentials: CredentialSource | Callable[[], ClientCredentials] | ClientCredentials,
        *,
        token_url: str = "",
        remaining: Callable[[], float] | None = None,
        transport: httpx.BaseTransport | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self._connection = Connection(
            HYPATOS, base_url, self._token, remaining=remaining, transport=transport, retry_policy=retry_policy
        )
        self._tokens = AccessTokens(
            token_url or f"{base_url.rstrip('/')}/auth/token",
            credentials,
            remaining=remaining,
            transport=transport,
            retry_policy=retry_policy,
            **({"monotonic": retry_policy.monotonic} if retry_policy is not None else {}),
        )

    def insert_invoice(self, invoice: HypatosInvoice) -> str | None:
        """`POST /enrichment/invoices`, sent once. Returns Hypatos' id; None where the answer has none.

        Whether a known externalId is replaced, inserted again or refused is not documented: `put_invoice`.
        """
        call = HypatosCall("POST", _INVOICES, json=invoice.wire(), repeat=Repeat.NEVER)
        try:
            return _id_of(self._send(call))
        except ApiRetryLater as error:
            if error.failure.status != _CONFLICT:
                raise
            raise _refused(error) from None

    def update_invoice(self, external_id: str, fields: Mapping[str, Any]) -> str | None:
        """`PATCH /enrichment/invoices/{externalId}` with a merge patch (RFC 7396): null removes a field.

        NotFound where Hypatos knows no such invoice, or offers no update.
        """
        call = HypatosCall(
            "PATCH",
            f"{_INVOICES}/{quote(external_id, safe='')}",
            content=to_json(fields),
            content_type=_MERGE_PATCH,
            repeat=Repeat.NEVER,
        )
        try:
            return _id_of(self._send(call))
        except (ApiRefused, ApiRetryLater) as error:
            if error.failure.status not in _NOT_OFFERED:
                raise
            missing = ApiNotFound(str(error))
            missing.failure = error.failure
            raise missing from None

    def put_invoice(
        self,
        invoice: HypatosInvoice,
        *,
        may_exist: bool,
        unanswered: bool = False,
        removed: frozenset[str] = frozenset(),
    ) -> None:
        """Make Hypatos have the invoice as it is, once, whichever way it treats a known externalId.

        `may_exist`: it was sent before, in whatever state. It is updated then, and inserted where Hypatos does not know
        it; an insert that is refused is tried as an update. `unanswered`: it was sent in this very state, and nobody
        knows what came of it. `removed`: fields (`headerText`) that the invoice had when it was sent last, and has no
        longer. Refused where Hypatos takes neither.
        """
        if may_exist:
            try:
                self._update(invoice, removed)
            except NotFound:
                self._insert_again(invoice, unanswered=unanswered)
            return
        try:
            self.insert_invoice(invoice)
        except ApiRefused as refused:
            if refused.failure.status not in _MAY_MEAN_KNOWN:
                raise
            try:
                self._update(invoice, removed)
            except (NotFound, ApiRefused):
                raise refused from None

    def _update(self, invoice: HypatosInvoice, removed: frozenset[str]) -> None:
        """With null for what it has no longer; without, where Hypatos refuses that: the rest of it counts more."""
        fields = invoice.wire()
        if removed:
            try:
                self.update_invoice(invoice.external_id, fields | dict.fromkeys(removed))
            except ApiRefused as refused:
                names = ", ".join(sorted(removed))
                logger.warning("fields cannot be removed", extra={"fields": names, "reason": str(refused)})
            else:
                return
        self.update_invoice(invoice.external_id, fields)

    def _insert_again(self, invoice: HypatosInvoice, *, unanswered: bool) -> None:
        try:
            self.insert_invoice(invoice)
        except ApiRefused as refused:
            if not (unanswered and refused.failure.status == _CONFLICT):
                raise  # else the insert that was not answered was carried out

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
        self._tokens.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _token(self, *, fresh: bool = False) -> str:
        return self._tokens(fresh=fresh)

    def _send(self, call: HypatosCall) -> Answer:
        """Sent once; once more, with a new token, where it was refused for its token: nothing was carried out then."""
        try:
            return self._sent_once(call)
        except ApiRetryLater as error:
            if not _token_was_replaced(error):
                raise
        except Forbidden:
            self._tokens(fresh=True)  # whether a token that has ended is answered 401 or 403 is not documented
        return self._sent_once(call)

    def _sent_once(self, call: HypatosCall) -> Answer:
        try:
            return self._connection.send(call)
        except NoAnswer as no_answer:
            raise unanswered(no_answer.failure, after=no_answer.after) from None


def _token_was_replaced(error: ApiRetryLater) -> bool:
    """Whether the connection got a 401, has a new token, and leaves it to the caller to send the call again."""
    return not isinstance(error, Unanswered) and error.failure.status is None and error.after == 0


def _refused(error: ApiRetryLater) -> ApiRefused:
    """A conflict, which does not pass by itself: the invoice is there already."""
    refused = ApiRefused(str(error))
    refused.failure = error.failure
    return refused


def _id_of(answer: Answer) -> str | None:
    """Hypatos' id, as documented or inside `data`."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and "id" not in found:
        found = found.get("data")
    identifier = found.get("id") if isinstance(found, dict) else None
    is_id = isinstance(identifier, str | int) and not isinstance(identifier, bool)
    return str(identifier) if is_id else None
