"""Runs MiniStack with its own Python: `python -I launch_emulator.py`. Imports nothing of ours but what is
written for it.

Around and in MiniStack it changes what would make it unsafe on a developer's machine, or unlike AWS:

- Pages in the person's browser are not answered (loopback_guard.py). What a bucket serves is shown without scripts.
- The root user has the one key that `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` name, and its signature is
  checked. MiniStack takes as root, unchecked, also `test`, any twelve digits, and requests without a key.
- Functions get keys that nobody can compute. MiniStack derives them from the function's name.
- On AWS every call comes over TLS, and a bucket's TLS-only policy refuses the rest. Here the calls are plain HTTP on
  the loopback interface; MiniStack believes `X-Forwarded-Proto`, so each call gets the header of a TLS proxy.
- A batch of a table's stream comes again where the function says so (`batchItemFailures`); MiniStack goes on.
- A bucket's policy sees the lock that a write asks for (condition keys `s3:object-lock-*`), as on AWS.
- A FIFO topic keeps an archive of its messages, replays it, and is not deleted while it has one
  (autobook_sim/topic_archive.py).
- Functions answer CloudFormation (custom resources) with an empty content type, as AWS wants it.
"""

import hashlib
import hmac
import json
import math
import os
import secrets
import sys
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ministack.app  # type: ignore[import-not-found]  # it is in its own environment
from ministack.core import iam_actions, iam_evaluator, lambda_runtime  # type: ignore[import-not-found]
from ministack.services import lambda_svc, sns, sts  # type: ignore[import-not-found]
from ministack.services.cloudformation import provisioners  # type: ignore[import-not-found]

sys.path.append(str(Path(__file__).resolve().parents[2]))
from autobook_sim.loopback_guard import LoopbackGuard
from autobook_sim.topic_archive import MinistackReplay

_NO_SCRIPTS = (b"content-security-policy", b"sandbox")
_ROOT = os.environ["AWS_ACCESS_KEY_ID"]
_SALT = secrets.token_bytes(32)
_plain = ministack.app.app


async def _as_behind_tls(scope, receive, send):  # type: ignore[no-untyped-def]
    if scope["type"] == "http":
        headers = [pair for pair in scope["headers"] if pair[0].lower() != b"x-forwarded-proto"]
        scope = {**scope, "headers": [*headers, (b"x-forwarded-proto", b"https")]}
    await _plain(scope, receive, send)


def _is_root(access_key_id: str) -> bool:
    return hmac.compare_digest(access_key_id.encode(), _ROOT.encode())


def _goes_unchecked(access_key_id: str) -> bool:
    """Whether the signature is not looked at, for that key: it always is."""
    del access_key_id
    return False


def _salted_sha256(data: bytes = b"") -> hmac.HMAC:
    return hmac.new(_SALT, data, hashlib.sha256)


def _make_safe() -> None:
    # Both have to be there, under these names: a MiniStack that works differently must not start unprotected.
    for module, name in ((iam_evaluator, "is_root_access_key"), (sts, "is_root_access_key")):
        assert callable(getattr(module, name))  # noqa: S101
        setattr(module, name, _is_root)
    assert callable(iam_evaluator._is_root_key)  # noqa: S101
    iam_evaluator._is_root_key = _goes_unchecked
    assert lambda_runtime.hashlib is hashlib  # noqa: S101 - used for the keys of functions alone
    lambda_runtime.hashlib = types.SimpleNamespace(sha256=_salted_sha256)


_context = iam_actions.s3_service_context
_UNTIL = "x-amz-object-lock-retain-until-date"


def _with_lock(iam_action: str, query_params, path: str = "", headers=None):  # type: ignore[no-untyped-def]
    context = _context(iam_action, query_params, path, headers)
    until = (headers or {}).get(_UNTIL)
    if iam_action == "s3:PutObject" and until:
        left = datetime.fromisoformat(until).astimezone(UTC) - datetime.now(UTC)
        context["s3:object-lock-retain-until-date"] = until
        context["s3:object-lock-remaining-retention-days"] = str(math.ceil(left / timedelta(days=1)))
    return context


_execute = lambda_svc._execute_function


def _with_batch_failures(func, event):  # type: ignore[no-untyped-def]
    """The whole batch comes again, where AWS goes on from the record that is named: our functions take either."""
    result = _execute(func, event)
    records = event.get("Records") if isinstance(event, dict) else None
    body = result.get("body")
    if not records or records[0].get("eventSource") != "aws:dynamodb" or result.get("error"):
        return result
    answer = json.loads(body) if isinstance(body, str | bytes) and body else body
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return {**result, "error": True, "body": {"errorType": "batchItemFailures"}} if failures else result


lambda_svc._execute_function = _with_batch_failures
iam_actions.s3_service_context = _with_lock
_make_safe()
MinistackReplay(sns, provisioners).install()
ministack.app.app = LoopbackGuard(
    _as_behind_tls, control="/_ministack", headers=(_NO_SCRIPTS,), answers="/_ministack/cfn-response"
)
ministack.app.main()
