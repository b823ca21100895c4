"""Calls to another system over HTTP: bounded in time and size, repeated where that is safe, refusals as reasons.

One `Connection` per system and warm function. What a system has of its own (headers, error documents, how long it asks
us to wait) is its `RemoteApi`; its calls are a subclass of `ApiCall` that names it. This façade is the package: nothing
outside imports the modules behind it.
"""

from autobook.adapters.http_client.base_url import checked_base_url
from autobook.adapters.http_client.connection import Connection, TokenSource
from autobook.adapters.http_client.decoding import TooManyValues, Undecodable, bounded_number, decode
from autobook.adapters.http_client.errors import (
    ApiAccessRefused,
    ApiGiveUp,
    ApiNotFound,
    ApiRefused,
    ApiRetryLater,
    Failure,
    broken_paging,
    error_for,
    file_unavailable,
    gives_up,
    json_message,
    unanswered,
    unreadable,
)
from autobook.adapters.http_client.exact_json import to_json
from autobook.adapters.http_client.exchange import MAX_JSON, Answer, ApiCall, NoAnswer, RemoteApi, Repeat
from autobook.adapters.http_client.retry import RetryPolicy, retry_after

__all__ = [
    "MAX_JSON",
    "Answer",
    "ApiAccessRefused",
    "ApiCall",
    "ApiGiveUp",
    "ApiNotFound",
    "ApiRefused",
    "ApiRetryLater",
    "Connection",
    "Failure",
    "NoAnswer",
    "RemoteApi",
    "Repeat",
    "RetryPolicy",
    "TokenSource",
    "TooManyValues",
    "Undecodable",
    "bounded_number",
    "broken_paging",
    "checked_base_url",
    "decode",
    "error_for",
    "file_unavailable",
    "gives_up",
    "json_message",
    "retry_after",
    "to_json",
    "unanswered",
    "unreadable",
]
