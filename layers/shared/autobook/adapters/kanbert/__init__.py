"""Kanbert over HTTP.

Import cost, measured (CPU of a fresh CPython 3.13 on two busy cores, warm files, best of three): 270 ms in all,
httpx 110, pydantic 40, our models 100; an `httpx.Client` with its certificates takes 40 more. So only the functions
that talk to Kanbert import this package; `receive`, which Kanbert waits for, does not. The client is built once per
warm function and keeps its connection.
"""

from autobook.adapters.kanbert.client import KanbertClient
from autobook.adapters.kanbert.code_resolver import KanbertCodeResolver
from autobook.adapters.kanbert.upload import UploadFile

__all__ = ["KanbertClient", "KanbertCodeResolver", "UploadFile"]
