"""The wiring of `receive`. Light on purpose: Kanbert waits three seconds, cold start included."""

import logging
from functools import cache

from autobook.adapters.embedded_metrics import SECRET, EmbeddedMetrics
from autobook.adapters.secretsmanager import WebhookSecrets
from autobook.adapters.sqs import SqsDocumentQueue
from autobook.bootstrap.clients import FAST, Clients, aws_clients
from autobook.domain.webhook import BadSignature, NoSecret
from autobook.service.receive import ReceiveWebhook
from autobook.settings import ReceiveSettings


def build(settings: ReceiveSettings, clients: Clients) -> ReceiveWebhook:
    """The use case."""
    return ReceiveWebhook(
        secrets=WebhookSecrets(clients.aws("secretsmanager"), settings.webhook_secret_id, report=_bad_secret),
        queue=SqsDocumentQueue(clients.aws("sqs"), settings.documents_queue_url),
        clock=clients.clock,
    )


@cache
def from_environment() -> tuple[ReceiveWebhook, str]:
    """The use case, and the name of the header that carries the signature. Raises BadSettings."""
    settings = ReceiveSettings.from_environment()
    logging.getLogger("autobook").setLevel(settings.log_level)
    return build(settings, Clients(aws_clients(FAST))), settings.signature_header


def report_unavailable(reason: str) -> None:
    """The alarm `ReceiveUnavailable` (template.yaml) watches this count."""
    _metrics("receive").count("Unavailable", reason)


def report_refused(error: BadSignature) -> None:
    """The alarms `ReceiveSignatureRefused` and `SecretNotFilledIn` (template.yaml) watch these counts."""
    if isinstance(error, NoSecret):
        _metrics(SECRET).count("NotFilledIn", str(error))
    else:
        _metrics("receive").count("SignatureRefused", str(error))


def _bad_secret(reason: str) -> None:
    """The alarm `ReceiveBadSecret` (template.yaml) watches this count."""
    _metrics("receive").count("BadSecret", reason)


@cache
def _metrics(service: str) -> EmbeddedMetrics:
    return EmbeddedMetrics(ReceiveSettings.from_environment().metrics_namespace, service)
