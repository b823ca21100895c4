"""What the wiring takes in tests: a function's environment with made-up values, and clients that reach no AWS."""

from typing import NoReturn

ENVIRONMENT = {
    "LOG_LEVEL": "INFO",
    "METRICS_NAMESPACE": "Autobook/test",
    "API_SECRET_ID": "kanbert-api",
    "WEBHOOK_SECRET_ID": "kanbert-webhook",
    "SIGNATURE_HEADER": "Signature",
    "KANBERT_BASE_URL": "https://api.kanbert.com/api/v1",
    "TIME_ZONE": "Europe/Vienna",
    "DOCUMENTS_QUEUE_URL": "https://sqs/documents.fifo",
    "DEAD_LETTERS_QUEUE_URL": "https://sqs/dead-letters.fifo",
    "RULES_TABLE": "rules",
    "PROVENANCE_TABLE": "provenance",
    "HISTORY_TABLE": "history",
    "EVENTS_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:events.fifo",
    "EVENT_SOURCE": "urn:autobook:stack:eu-central-1:123456789012:autobook",
    "ARCHIVE_QUEUE_URL": "https://sqs/archive.fifo",
    "ARCHIVE_BUCKET": "archive",
    "INCOMING_PDF": "true",
    "JURISDICTION": "AT",
    "OBJECT_LOCK_MODE": "GOVERNANCE",
    "DUPLICATE_GUARD": "on",
    "AMOUNT_GUARD": "50",
    "FIRST_DAYS": "30",
    "MODE": "apply",
    "EXPORT_QUEUE_URL": "https://sqs/export.fifo",
    "BILLOMAT_SECRET_ID": "billomat",
    "BILLOMAT_BASE_URL": "https://account.billomat.net/api",
    "BILLOMAT_MAPPINGS_TABLE": "billomat-mappings",
    "BILLOMAT_PARAMETERS": "{}",
    "HYPATOS_SECRET_ID": "hypatos",
    "HYPATOS_BASE_URL": "https://api.cloud.hypatos.ai/v2",
    "HYPATOS_TOKEN_URL": "https://api.cloud.hypatos.ai/v2/auth/token",
    "HYPATOS_PARAMETERS": "{}",
}
"""Every variable of every function; the names that several functions use have the same value."""


class NoAws:
    """Stands for the client of an AWS service in a test that replaces every adapter that would use it."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"the test reached {self._service}.{name}")
