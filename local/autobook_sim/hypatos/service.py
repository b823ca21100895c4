"""The simulated Hypatos as a whole: who may ask, what it keeps, and what each operation does."""

import base64
import binascii
import hashlib
import secrets
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from autobook_sim.faults import Faults
from autobook_sim.hypatos.profiles import PROFILES, Profile
from autobook_sim.hypatos.refusals import invalid, refused, token_refused
from autobook_sim.hypatos.validation import Detail, Strictness, faults_of
from autobook_sim.kanbert.store import Clock
from autobook_sim.kanbert.wire import from_json, stamp

MAX_BODY = 20 * 1024 * 1024
"""Bytes of a request; more is 413."""
SCOPE = "enrichment.write"
_MINUTE = timedelta(minutes=1)


@dataclass
class StoredInvoice:
    """An invoice that was inserted; `history` has every body that it had before."""

    id: str
    body: dict[str, Any]
    inserted_at: str
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def external_id(self) -> str:
        """The sender's."""
        return str(self.body["externalId"])

    def replace(self, body: dict[str, Any]) -> None:
        """Keep this body in place of the one before."""
        self.history.append(self.body)
        self.body = body


class Hypatos:
    """State and behaviour; `app.py` puts it behind HTTP."""

    def __init__(self, *, client_id: str, client_secret: str, profile: str = "documented", seed: int = 1) -> None:
        self._first_clients, self._first_profile, self._seed = {client_id: client_secret}, profile, seed
        self.faults = Faults()
        self.requests: list[dict[str, Any]] = []
        self.reset()

    def reset(self) -> None:
        """Back to the state after the start, without invoices, tokens, faults and request log."""
        self.clients = dict(self._first_clients)
        self.profile_name = self._first_profile
        self.clock = Clock()
        self.tokens: dict[str, datetime] = {}
        self.invoices: list[StoredInvoice] = []
        self._calls: deque[datetime] = deque()
        self.faults.clear()
        self.requests.clear()

    @property
    def profile(self) -> Profile:
        """The way it behaves."""
        return PROFILES[self.profile_name]

    # --- tokens ----------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """`POST /auth/token`: RFC 6749, 4.4, with the client's name and secret as 2.3.1 says."""
        self._count_call()
        if _media_type(request) != "application/x-www-form-urlencoded":
            raise token_refused(400, "invalid_request")
        if not self._is_client(request.headers.get("Authorization", "")):
            raise token_refused(401, "invalid_client")
        form = await request.form()
        if form.get("grant_type") != "client_credentials":
            raise token_refused(400, "unsupported_grant_type")
        if self.profile.one_token:
            self.tokens.clear()
        token = secrets.token_urlsafe(24)
        self.tokens[token] = self.clock() + timedelta(seconds=self.profile.token_seconds)
        body: dict[str, Any] = {"access_token": token, "scope": SCOPE}
        if self.profile.token_type is not None:
            body["token_type"] = self.profile.token_type
        if self.profile.expires_in is not ...:
            body["expires_in"] = self.profile.expires_in
        return JSONResponse(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _is_client(self, header: str) -> bool:
        scheme, _, packed = header.partition(" ")
        try:
            text = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        name, _, secret = text.partition(":")
        wanted = self.clients.get(unquote_plus(name))
        given = unquote_plus(secret).encode()
        return scheme.lower() == "basic" and wanted is not None and secrets.compare_digest(wanted.encode(), given)

    def _authorise(self, request: Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        until = self.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if until is None or until <= self.clock():
            raise refused(self.profile.unauthorized_status, "Unauthorized")

    def _count_call(self) -> None:
        """429 beyond so many calls a minute."""
        most, now = self.profile.calls_per_minute, self.clock()
        while self._calls and now - self._calls[0] >= _MINUTE:
            self._calls.popleft()
        if not most or len(self._calls) < most:
            self._calls.append(now)
            return
        free = self._calls[0] + _MINUTE
        seconds = str(int((free - now).total_seconds()) + 1)
        headers = {"seconds": {"Retry-After": seconds}, "date": {"Retry-After": format_datetime(free, usegmt=True)}}
        raise refused(429, "Too Many Requests", headers.get(self.profile.retry_after))

    # --- invoices --------------------------------------------------------------------------------------------------

    async def insert(self, request: Request) -> Response:
        """`POST /enrichment/invoices`."""
        body = await self._body(request, "application/json", partial=False)
        known = self._found(body["externalId"])
        if known is not None:
            match self.profile.known_id:
                case "replaces":
                    known.replace(body)
                    return self._success(known)
                case "409":
                    raise refused(409, "An invoice with this externalId exists")
                case "422":
                    text = "An invoice with this externalId exists"
                    raise invalid([Detail(("body", "externalId"), text, "value_error.duplicate")], self.profile)
        digest = hashlib.blake2b(f"{self._seed}/{len(self.invoices)}".encode(), digest_size=16).digest()
        stored = StoredInvoice(str(uuid.UUID(bytes=digest, version=4)), body, stamp(self.clock()))
        self.invoices.append(stored)
        return self._success(stored)

    async def update(self, request: Request) -> Response:
        """`PATCH /enrichment/invoices/{externalId}`, a merge patch (RFC 7396)."""
        if self.profile.updates != "merged":
            self._authorise(request)
            raise refused(int(self.profile.updates), "Not Found" if self.profile.updates == "404" else "Not Allowed")
        patch = await self._body(request, "application/merge-patch+json", partial=True)
        known = self._found(request.path_params["external_id"])
        if known is None:
            raise refused(404, "No invoice has this externalId")
        merged = _merged(known.body, patch)
        if details := faults_of(merged):
            raise invalid(details, self.profile)
        known.replace(merged)
        return self._success(known)

    def _found(self, external_id: str) -> StoredInvoice | None:
        return next((each for each in self.invoices if each.external_id == external_id), None)

    async def _body(self, request: Request, media_type: str, *, partial: bool) -> dict[str, Any]:
        self._authorise(request)
        self._count_call()
        if _media_type(request) != media_type:
            raise refused(415, f"The content type must be {media_type}")
        length = request.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            raise refused(413, "The body is too large")
        try:
            body = from_json(await request.body())
        except ValueError:
            raise invalid([Detail(("body",), "JSON decode error", "json_invalid")], self.profile) from None
        profile = self.profile
        strictness = Strictness(profile.unknown_fields_refused, null_removes=partial and profile.null_removes)
        if details := faults_of(body, partial=partial, strictness=strictness):
            raise invalid(details, profile)
        assert isinstance(body, dict)  # noqa: S101 - anything else is refused by now
        return body

    def _success(self, stored: StoredInvoice) -> Response:
        match self.profile.success:
            case "id as a number":
                return JSONResponse({"id": self.invoices.index(stored) + 1})
            case "wrapped":
                return JSONResponse({"data": {"id": stored.id}})
            case "201":
                return JSONResponse({"id": stored.id}, 201)
            case "202" | "204":
                return Response(status_code=int(self.profile.success))
            case "empty":
                return Response(status_code=200)
            case "html":
                return HTMLResponse("<!doctype html><title>OK</title>")
        return JSONResponse({"id": stored.id})


def _merged(target: Any, patch: Any) -> Any:
    """RFC 7396: objects are merged, null removes, anything else (lists too) replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _media_type(request: Request) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
