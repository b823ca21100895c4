"""Storing an object in the archive, with its line in the manifest."""

from datetime import datetime
from typing import Final

from autobook.domain.canonical import sha256
from autobook.domain.errors import ArchiveConflict
from autobook.service.ports import Archive, Manifest

JSON: Final = "application/json"


def store_chained(
    archive: Archive, manifest: Manifest, key: str, content: bytes, media_type: str, retain_until: datetime
) -> datetime:
    """Store it, locked until that moment, and chain its line to the manifest. Returns until when it is locked.

    Safe to repeat. ArchiveConflict where something else is there; where that is a line, the manifest is halted.
    """
    until = archive.store(key, content, media_type, retain_until)
    line = manifest.line(key, sha256(content), len(content), until)
    try:
        archive.store(f"manifest/{line.number:012}.json", line.to_json(), JSON, retain_until)
    except ArchiveConflict as error:
        manifest.halt(str(error))
        raise
    return until
