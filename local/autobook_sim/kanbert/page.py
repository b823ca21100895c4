"""The page for people at `/`: what it shows, and what a person does there with files.

Its routes are below `/_sim`, with those of `control.py`, which lists them.
"""

from base64 import b64decode
from importlib.resources import files
from io import BytesIO
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from autobook_sim.kanbert import incoming
from autobook_sim.kanbert.json_control import json_body, json_endpoint
from autobook_sim.kanbert.refusals import Refusal, not_found
from autobook_sim.kanbert.service import Kanbert, operation_of
from autobook_sim.kanbert.validation import SIGNATURES, validated
from autobook_sim.kanbert.wire import Record

_SHOWN_DOCUMENTS = 200


async def page(_: Request) -> Response:
    """The page itself."""
    return HTMLResponse(files("autobook_sim.kanbert").joinpath("page.html").read_text(encoding="utf-8"))


def page_routes(kanbert: Kanbert) -> list[Route]:
    """The routes of the page below `/_sim`."""
    requests = _PageRequests(kanbert)
    return [
        Route("/documents", json_endpoint(requests.documents), methods=["GET"]),
        Route("/rules", json_endpoint(requests.set_rules), methods=["PUT"]),
        Route("/incoming-invoices", json_endpoint(requests.upload), methods=["POST"]),
        Route("/incoming-invoices/{id}/file", requests.file, methods=["GET"]),
    ]


class _PageRequests:
    def __init__(self, kanbert: Kanbert) -> None:
        self._kanbert = kanbert

    async def documents(self, _: Request) -> Any:
        store = self._kanbert.store
        newest = list(store.all("incoming"))[-_SHOWN_DOCUMENTS:]
        return {
            "incoming": [self._with_what_is_hidden(each) for each in newest[::-1]],
            "outgoing": list(store.all("outgoing"))[-_SHOWN_DOCUMENTS:][::-1],
            "accounts": list(store.all("chart_of_accounts")),
            "projects": list(store.all("projects")),
            "clients": list(store.all("clients")),
            "webhooks": self._kanbert.webhooks.log[-50:][::-1],
            "pending": self._kanbert.webhooks.pending,
            "profiles": [each.id for each in self._kanbert.stage.profiles],
        }

    def _with_what_is_hidden(self, record: Record) -> Record:
        """A document with what Kanbert's pages show and its API does not, and the rules that `/_sim/rules` named."""
        content = self._kanbert.store.files.get(record["id"])
        kind = None if content is None else "PDF" if _media_type(content) == "application/pdf" else "picture"
        return {**record, "tags": record["_tags"], "file": kind, "rules": self._kanbert.rules.get(record["id"])}

    async def set_rules(self, request: Request) -> Any:
        body = await json_body(request)
        if not all(isinstance(each, list) for each in body.values()):
            raise Refusal(400, "a list of values is expected for each document")
        self._kanbert.rules |= body
        return {}

    async def upload(self, request: Request) -> Any:
        body = await json_body(request)
        name, content = body.get("name"), body.get("content")
        if not isinstance(name, str) or not isinstance(content, str):
            raise Refusal(400, "name and content are expected as texts")
        try:
            file = UploadFile(BytesIO(decoded := b64decode(content, validate=True)), size=len(decoded), filename=name)
        except ValueError:
            raise Refusal(400, "content is expected as base64") from None
        validated(operation_of("incoming.store").body, {"file": file}, self._kanbert.store.exists)
        return await self._kanbert.upload_invoice({}, (name, decoded, _media_type(decoded)))

    async def file(self, request: Request) -> Response:
        record = incoming.found(self._kanbert.store, request.path_params["id"])
        content = self._kanbert.store.files.get(record["id"])
        if content is None:
            raise not_found("file")
        return Response(content, media_type=_media_type(content), headers={"Content-Disposition": "inline"})


def _media_type(content: bytes) -> str:
    """What the file is, not what somebody calls it: the browser is to show it, and to run nothing."""
    kinds = (kind for signature, kind in SIGNATURES.items() if content.startswith(signature))
    return next(kinds, "application/octet-stream")
