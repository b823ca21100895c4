"""Adapters: the implementations of the ports, one module or package per system that we talk to."""

import time

LOADED_AT = time.monotonic()
"""When the interpreter came here: in `receive` before the libraries that take their time."""
