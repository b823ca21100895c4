"""Answers as HTTP has them: documents, lists, refusals."""

import json
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from starlette.responses import Response

from autobook_sim.billomat.profiles import Profile
from autobook_sim.billomat.refusals import Refusal
from autobook_sim.billomat.wire import MEDIA_TYPE, attributes_xml, document


def list_xml(name: str, elements: Sequence[str], attributes: Mapping[str, object]) -> str:
    """A list of elements."""
    return f'<{name} type="array"{attributes_xml(attributes)}>{"".join(elements)}</{name}>'


def xml_response(element: str, profile: Profile) -> Response:
    """A document, 200."""
    return Response(document(element, profile), media_type=MEDIA_TYPE)


def error_response(refusal: Refusal, profile: Profile) -> Response:
    """A refusal in the profile's shape."""
    status = refusal.status
    if refusal.concerns_body:
        status = 200 if profile.errors_with_success else profile.validation_status
    shape = "errors" if status == 200 else profile.error_shape
    match shape:
        case "json":
            body = json.dumps({"errors": {"error": list(refusal.messages)}, "message": "; ".join(refusal.messages)})
            return Response(body, status, media_type="application/json")
        case "text":
            return Response("; ".join(refusal.messages), status, media_type="text/plain")
        case "empty":
            return Response(status_code=status)
        case "error":
            element = f"<error>{escape('; '.join(refusal.messages))}</error>"
        case _:
            element = f"<errors>{''.join(f'<error>{escape(each)}</error>' for each in refusal.messages)}</errors>"
    return Response(document(element, profile), status, media_type=MEDIA_TYPE)
