"""The trace of the present invocation, where Lambda leads one. Standard library only: `receive` loads this."""

import os

from autobook.domain.tracing import traceparent


def current_traceparent() -> str | None:
    """As W3C Trace Context writes it; None outside Lambda.

    Lambda's runtime sets the variable anew for each invocation ("Defined runtime environment variables", AWS Lambda
    developer guide).
    """
    return traceparent(os.environ.get("_X_AMZN_TRACE_ID"))
