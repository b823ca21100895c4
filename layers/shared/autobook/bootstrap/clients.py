"""What a use case's adapters talk through: AWS clients, Kanbert, the clock, the time left. The seam of every wiring.

Standard library and botocore only: `receive` loads this module while Kanbert waits.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import get_session

from autobook.adapters.deadline import Deadline

if TYPE_CHECKING:  # `receive` must load neither httpx nor pydantic
    import httpx

    from autobook.adapters.kanbert import RetryPolicy

type AwsClients = Callable[[str], Any]
"""Gives the client of an AWS service by its name, such as `dynamodb`."""

FAST = Config(connect_timeout=0.5, read_timeout=1.0, retries={"mode": "standard", "total_max_attempts": 2})
"""For `receive`, which answers within two seconds or so (adapters/http_api.py)."""
PATIENT = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})
"""For every other function."""

for _library in ("boto3", "botocore", "urllib3", "httpx", "httpcore"):
    # At DEBUG these log what they send and receive: secrets and whole invoices. LOG_LEVEL is about our own loggers.
    logging.getLogger(_library).setLevel(logging.WARNING)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clients:
    """How the outside is reached.

    `deadline` is the end of the Lambda invocation; None: no limit (a call to Kanbert then has 60 seconds).
    `kanbert` replaces the client of Kanbert as a whole; `transport` and `retry_policy` only what is below it.
    """

    aws: AwsClients
    clock: Callable[[], datetime] = now
    deadline: Deadline | None = None
    kanbert: Any = None
    transport: "httpx.BaseTransport | None" = None
    retry_policy: "RetryPolicy | None" = None


def aws_clients(config: Config) -> AwsClients:
    """AWS clients with the credentials and the region of the environment; one per service, made when first asked for.

    By botocore, whose clients are those of boto3: `receive` need not load boto3.
    """
    session = get_session()

    @cache
    def client(service: str) -> Any:
        return session.create_client(service, config=config)

    return client


def without_limit() -> float:
    """Seconds left where nothing ends a run."""
    return float("inf")
