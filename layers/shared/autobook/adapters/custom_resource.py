"""Answers CloudFormation's requests about a custom resource.

CloudFormation calls a function and waits until the outcome was PUT to an address that the request names, for an hour
where nothing else is said. So everything is answered: what succeeded, what failed and why, and what nobody foresaw.

Sources (AWS CloudFormation User Guide): "Custom resource request objects", "Custom resource response objects" (at most
4,096 bytes; PhysicalResourceId up to 1 KB and the same in every answer about one resource), "cfn-response module" (the
PUT has an empty content type, as the address was signed with none).
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from autobook.adapters.deadline import Deadline
from autobook.adapters.http_client import checked_base_url
from autobook.domain.custom_resource import CustomResourceRequest
from autobook.domain.errors import AutobookError, GiveUp, Reject, RetryLater

MOST_BYTES: Final = 4096
"""Bytes of an answer."""
MOST_ID_BYTES: Final = 1024
"""Bytes of a PhysicalResourceId."""
_MOST_REASON: Final = 1000
"""Characters: the console shows hardly more."""
_ATTEMPTS: Final = 3
_SECONDS: Final = 10.0
_OPERATIONS: Final = ("Create", "Update", "Delete")


class CustomResourceResponder:
    """Has a request carried out and answers it. `transport` and `sleep` are for tests."""

    def __init__(
        self,
        deadline: Deadline,
        logger: Logger,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._deadline = deadline
        self._logger = logger
        self._transport = transport
        self._sleep = sleep

    def __call__(
        self, event: dict[str, Any], context: LambdaContext, work: Callable[[CustomResourceRequest], str]
    ) -> None:
        """`work` returns the resource's physical id; what it raises is answered as FAILED, with the reason.

        Raises Reject where there is no address to answer to, and RetryLater where the answer did not arrive: Lambda
        then calls the function again, and its alarm fires.
        """
        self._deadline.start(context.get_remaining_time_in_millis)
        given = event if isinstance(event, dict) else {}
        address = _address(given)
        body = self._outcome(CloudFormationCustomResourceEvent(given), context, work)
        self._put(address, body)

    def _outcome(
        self,
        event: CloudFormationCustomResourceEvent,
        context: LambdaContext,
        work: Callable[[CustomResourceRequest], str],
    ) -> bytes:
        physical_id, reason = _known_id(event), ""
        try:
            found = work(_request(event))
            if found and event.get("RequestType") != "Delete":
                physical_id = found
        except AutobookError as error:
            reason = str(error)
            self._logger.error("failed", extra={"reason": reason})
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            self._logger.exception("failed unexpectedly")
        if reason:
            reason = f"{_one_line(reason)} (log {context.log_group_name}, {context.log_stream_name})"
        self._logger.info("answering", extra={"request": event.get("RequestType"), "status": _status(reason)})
        return response_body(event, physical_id, reason)

    def _put(self, address: httpx.URL, body: bytes) -> None:
        # Never through a proxy that the environment names, never anywhere else: the address is all there is to know.
        with httpx.Client(
            transport=self._transport, trust_env=False, follow_redirects=False, timeout=_SECONDS
        ) as client:
            failure = ""
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    status = client.put(address, content=body, headers={"Content-Type": ""}).status_code
                    if 200 <= status < 300:
                        return
                    failure = f"status {status}"
                except httpx.HTTPError as error:
                    failure = type(error).__name__  # its text may have the address, which is a secret
                self._logger.warning("the answer did not arrive", extra={"reason": failure, "attempt": attempt})
                if attempt < _ATTEMPTS:
                    self._sleep(attempt)
        raise RetryLater(f"CloudFormation could not be answered: {failure}")


def response_body(event: CloudFormationCustomResourceEvent, physical_id: str, reason: str) -> bytes:
    """The answer, within CloudFormation's limits; FAILED where there is a reason."""
    answer = {
        "Status": _status(reason),
        "PhysicalResourceId": _within(physical_id, MOST_ID_BYTES),
        **{name: str(event.get(name, "")) for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    if reason:
        answer["Reason"] = ""
        answer["Reason"] = _within(reason, MOST_BYTES - len(_bytes(answer)))
    return _bytes(answer)


def _status(reason: str) -> str:
    return "FAILED" if reason else "SUCCESS"


def _address(event: dict[str, Any]) -> httpx.URL:
    """Where to answer. https, but for a loopback address: what reads it could answer in our place."""
    text = event.get("ResponseURL")
    if not isinstance(text, str) or not text:
        raise Reject("the request names no ResponseURL: there is nobody to answer")
    try:
        url = httpx.URL(text)
        checked_base_url(str(url.copy_with(query=None, fragment=None)), "CloudFormation")
    except (httpx.InvalidURL, GiveUp):
        raise Reject("the request's ResponseURL is no https address") from None
    return url


def _request(event: CloudFormationCustomResourceEvent) -> CustomResourceRequest:
    operation, properties = event.get("RequestType"), event.get("ResourceProperties")
    if operation not in _OPERATIONS:
        raise Reject(f"RequestType is {str(operation)[:50]!r}, not Create, Update or Delete")
    if not isinstance(properties, dict):
        if operation != "Delete":
            raise Reject("ResourceProperties are missing")
        properties = {}
    return CustomResourceRequest(operation, properties)


def _known_id(event: CloudFormationCustomResourceEvent) -> str:
    """The physical id that CloudFormation knows; one made of the resource's place where it knows none yet."""
    known = event.get("PhysicalResourceId")
    if isinstance(known, str) and known:
        return known
    stack = str(event.get("StackId", "")).rpartition(":")[2]
    return f"{stack}/{event.get('LogicalResourceId', '')}"


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_MOST_REASON]


def _within(text: str, most: int) -> str:
    """As many of the first characters as have that many bytes in JSON."""
    size = 0
    for index, character in enumerate(text):
        size += len(json.dumps(character)) - 2
        if size > most:
            return text[:index]
    return text


def _bytes(answer: dict[str, str]) -> bytes:
    return json.dumps(answer).encode("ascii")
