"""The files that the demo gives to Kanbert, and those that it leaves out, each with the reason."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from autobook.adapters.kanbert import MAX_UPLOAD
from autobook_cli.console import plain
from autobook_local.demo.documents import demo_documents

PDF = "application/pdf"
_SIGNATURES = {
    b"%PDF-": PDF,
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
}
_SUFFIXES = {".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff"}
_TAKEN = "PDF, PNG, JPEG, GIF, WebP and TIFF are taken"
_MEBIBYTE = 1024 * 1024


class NothingToShow(Exception):
    """There is nothing that could be shown; says why, on one line or, if it is about several things, on several.

    What comes from outside is `plain` in it already: it makes no line.
    """


@dataclass(frozen=True)
class Upload:
    """A file that is given to Kanbert."""

    name: str
    content: bytes
    media_type: str = PDF


@dataclass(frozen=True)
class LeftOut:
    """A file, or a folder, that is not given to Kanbert, or that Kanbert refused."""

    name: str
    reason: str


def uploads(folder: Path | None, today: date) -> list[Upload | LeftOut]:
    """A person's own files, or the generated ones. Raises NothingToShow."""
    if folder is None:
        return [Upload(document.file_name, document.pdf) for document in demo_documents(today)]
    folder = folder.expanduser()
    if not folder.is_dir():
        raise NothingToShow(f"{plain(folder)} is not a folder")
    try:
        found = [_of(path) for path in sorted(folder.iterdir(), key=lambda path: path.name.casefold())]
    except OSError as error:
        raise NothingToShow(f"{plain(folder)} cannot be read: {error.strerror}") from None
    if not any(isinstance(each, Upload) for each in found):
        reasons = "".join(
            f"\n  {plain(each.name)}: {plain(each.reason)}" for each in found if isinstance(each, LeftOut)
        )
        raise NothingToShow(f"{plain(folder)} holds no invoice ({_TAKEN}){reasons}")
    return found


def _of(path: Path) -> Upload | LeftOut:
    if path.is_dir():
        return LeftOut(f"{path.name}/", "skipped: a folder; only the files beside it are taken")
    try:
        if not path.is_file():
            return LeftOut(path.name, "skipped: not a file")
        if path.suffix.lower() not in _SUFFIXES:
            return LeftOut(path.name, f"skipped: {_TAKEN}")
        size = path.stat().st_size
        if size > MAX_UPLOAD:
            most = MAX_UPLOAD // _MEBIBYTE
            return LeftOut(path.name, f"too large: {size / _MEBIBYTE:.1f} MB; Kanbert takes {most} MB")
        if size == 0:
            return LeftOut(path.name, "empty")
        content = path.read_bytes()
    except OSError as error:
        return LeftOut(path.name, f"cannot be read: {error.strerror}")
    media_type = media_type_of(content)
    if media_type is None:
        kind = "PDF" if path.suffix.lower() == ".pdf" else "picture"
        return LeftOut(path.name, f"not a {kind}, whatever its name says")
    return Upload(path.name, content, media_type)


def media_type_of(content: bytes) -> str | None:
    """What a file is by its first bytes; None for what Kanbert does not take."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)), None)
