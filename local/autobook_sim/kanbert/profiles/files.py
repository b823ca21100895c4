"""What a download of a document's file is answered."""

from dataclasses import dataclass

from autobook_sim.kanbert.answers import Answer, Call
from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.stage import Stage

_PAGE = b"<!doctype html><html><title>Sign in</title></html>"


@dataclass(frozen=True)
class FileAnswer(Profile):
    """The download of these files is answered so."""

    operation: str = "incoming.pdf"
    answer: Answer | None = None

    def instead(self, stage: Stage, call: Call) -> Answer | None:  # noqa: ARG002
        """The answer."""
        one = self.answer
        if one is None or call.operation != self.operation:
            return None
        return Answer(one.status, one.value, one.content, one.media_type, dict(one.headers))


_INCOMING = "download of an incoming invoice's file"
_OUTGOING = "download of an outgoing invoice's file"
_MESSAGE = {"message": "The file is not available."}


def _incoming(name: str, description: str, answer: Answer) -> FileAnswer:
    return FileAnswer(f"file-{name}", _INCOMING, description, group="incoming file", answer=answer)


def _outgoing(name: str, description: str, answer: Answer) -> FileAnswer:
    return FileAnswer(
        f"outgoing-file-{name}", _OUTGOING, description, group="outgoing file", operation="outgoing.pdf", answer=answer
    )


FILES = (
    _incoming("302", "the PDF is answered with a redirect", Answer(302, content=b"", headers={"Location": "/login"})),
    *(
        _incoming(str(status), f"the PDF is answered {status}", Answer(status, _MESSAGE))
        for status in (403, 404, 405, 422, 500)
    ),
    _incoming("html", "the PDF is answered with a page", Answer(200, content=_PAGE, media_type="text/html")),
    _incoming("empty", "the PDF is answered with nothing", Answer(204)),
    _incoming("wrapped", "the PDF is answered with JSON that has an address", Answer(200, {"url": "https://x/y.pdf"})),
    _incoming("image", "the file is an image", Answer(200, content=b"\xff\xd8\xff\xe0 jpeg \xff\xd9",
                                                      media_type="image/jpeg")),
    _outgoing("404", "an outgoing invoice has no PDF", Answer(404, _MESSAGE)),
    _outgoing("500", "the PDF of an outgoing invoice is answered 500", Answer(500, _MESSAGE)),
    _outgoing("html", "the PDF of an outgoing invoice is answered with a page",
              Answer(200, content=_PAGE, media_type="text/html")),
)  # fmt: skip
