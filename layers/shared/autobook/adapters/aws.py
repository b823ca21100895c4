"""Tells AWS's own faults from a document's."""

from botocore.exceptions import ClientError, CredentialRetrievalError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

_PASSING_CODES = (
    "AccessDenied",  # also …Exception; a permission is missing: every document would fail alike
    "AuthorizationError",
    "ExpiredToken",
    "KMS",
    "LimitExceeded",
    "ProvisionedThroughputExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttl",
    "TooManyRequests",
    "TransactionConflict",  # an item that somebody else is writing in a transaction at this moment
)
"""Parts of error codes; SDKs spell them with and without "Exception"."""


def is_passing(error: Exception) -> bool:
    """True if waiting may help, whatever the document: AWS is busy or out of reach, or denies us access."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or any(part in code for part in _PASSING_CODES)
    return isinstance(error, NoConnection | CredentialRetrievalError | HTTPClientError)
