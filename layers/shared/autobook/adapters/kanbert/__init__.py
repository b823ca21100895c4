"""Kanbert over HTTP.

Import cost, measured on 2 cores (`python -X importtime`, CPython 3.13, warm files): httpx about 110 ms, pydantic
with our models about 100 ms of CPU. So only the functions that talk to Kanbert import this package; `receive`,
which Kanbert waits for, does not. `client` is built once per warm function and keeps its connection.
"""

from autobook.adapters.kanbert.client import KanbertClient
from autobook.adapters.kanbert.directory import KanbertDirectory
from autobook.adapters.kanbert.upload import UploadFile

__all__ = ["KanbertClient", "KanbertDirectory", "UploadFile"]
