"""The files of a folder: what is given to Kanbert, and what is left out with its reason."""

import os
from datetime import date
from pathlib import Path

import pytest

from autobook_local.demo.documents import demo_documents
from autobook_local.demo.files import LeftOut, NothingToShow, Upload, uploads

TODAY = date(2026, 11, 21)
PDF = demo_documents(TODAY)[0].pdf
PNG, GIF, JPEG = b"\x89PNG\r\n\x1a\n" + b"0" * 20, b"GIF89a" + b"0" * 20, b"\xff\xd8\xff\xe0" + b"0" * 20


def folder(at: Path, **files: bytes) -> Path:
    for name, content in files.items():
        (at / name.replace("__", ".")).write_bytes(content)
    return at


def found(at: Path) -> dict[str, str]:
    """Each name with its media type or its reason."""
    return {
        each.name: each.media_type if isinstance(each, Upload) else each.reason for each in uploads(at, TODAY)
    }  # fmt: skip


def test_every_file_is_accounted_for(tmp_path: Path) -> None:
    """What Kanbert takes goes by its content; everything else, subfolders too, is named with the reason."""
    folder(
        tmp_path, good__pdf=PDF, a__png=PNG, b__GIF=GIF, c__pdf=JPEG, empty__pdf=b"", text__pdf=b"just a text",
        text__png=b"just a text", notes__md=b"# Notes",
    )  # fmt: skip
    with (tmp_path / "large.pdf").open("wb") as file:
        file.truncate(int(16.5 * 1024 * 1024))
    (tmp_path / "older").mkdir()
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "dangling.pdf").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path) == {
        "a.png": "image/png", "b.GIF": "image/gif", "c.pdf": "image/jpeg", "good.pdf": "application/pdf",
        "empty.pdf": "empty",
        "text.pdf": "not a PDF, whatever its name says",
        "text.png": "not a picture, whatever its name says",
        "notes.md": "skipped: PDF, PNG, JPEG, GIF, WebP and TIFF are taken",
        "large.pdf": "too large: 16.5 MB; Kanbert takes 15 MB",
        "older/": "skipped: a folder; only the files beside it are taken",
        "pipe.pdf": "skipped: not a file",
        "dangling.pdf": "skipped: not a file",
    }  # fmt: skip


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out with the system's own reason."""

    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    folder(tmp_path, a__png=PNG, b__pdf=PDF)
    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(NothingToShow, match=r"b\.pdf: cannot be read: Permission denied"):
        uploads(tmp_path, TODAY)


def test_a_folder_without_invoices(tmp_path: Path) -> None:
    """It is an error that says why each file was left out."""
    folder(tmp_path, notes__md=b"# Notes", empty__pdf=b"")
    with pytest.raises(NothingToShow, match=r"(?s)holds no invoice.*\n  empty\.pdf: empty\n  notes\.md: skipped"):
        uploads(tmp_path, TODAY)
    with pytest.raises(NothingToShow, match="is not a folder"):
        uploads(tmp_path / "nowhere", TODAY)


def test_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the home directory also where the shell left it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder(tmp_path, a__png=PNG)
    assert [each.name for each in uploads(Path("~"), TODAY)] == ["a.png"]


def test_left_out_is_no_upload() -> None:
    """The demo's own documents are all given to Kanbert."""
    assert not [each for each in uploads(None, TODAY) if isinstance(each, LeftOut)]
