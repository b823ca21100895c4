"""The simulated Kanbert without sockets: what it would answer over HTTP, for a client in the same process."""

import re
from typing import Any, Final

import httpx
from starlette.requests import Request

from autobook_sim.kanbert.answers import Answer
from autobook_sim.kanbert.operations import OPERATIONS, PREFIX, Operation
from autobook_sim.kanbert.refusals import Refusal
from autobook_sim.kanbert.service import Kanbert

_ROUTES: Final = [
    (operation, re.compile(PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path)))
    # Fixed paths first: `check-duplicate` and `master` would pass for an id.
    for operation in sorted(OPERATIONS, key=lambda operation: operation.path.replace("{", "~"))
]


class InProcess(httpx.BaseTransport):
    """Answers httpx requests. For everything but uploads, which wait for a thread."""

    def __init__(self, kanbert: Kanbert) -> None:
        self.kanbert = kanbert

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        answer = self._answer(request)
        headers = {"Content-Type": answer.media_type, **answer.headers}
        return httpx.Response(answer.status, headers=headers, content=answer.body())

    def _answer(self, request: httpx.Request) -> Answer:
        found = operation_at(request.method, request.url.path)
        try:
            if found is None:
                raise Refusal(404, "Not Found")
            operation, path = found
            answering = self.kanbert.answer(operation, _request(request, path))
            try:
                answering.send(None)
            except StopIteration as done:
                answer: Answer = done.value
                return answer
            raise NotImplementedError(f"{operation.id} waits for something")
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body)


def operation_at(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request, and the ids in its path."""
    for operation, route in _ROUTES:
        if operation.method == method and (found := route.fullmatch(path)):
            return operation, found.groupdict()
    return None


def _request(request: httpx.Request, path: dict[str, str]) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.read(), "more_body": False}

    scope = {
        "type": "http",
        "method": request.method,
        "scheme": request.url.scheme,
        "server": (request.url.host, request.url.port or 443),
        "path": request.url.path,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "path_params": path,
    }
    return Request(scope, receive)
