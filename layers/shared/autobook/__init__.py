"""Autobook: books supplier invoices in Kanbert the moment they appear."""

import time

LOADED_AT = time.monotonic()
"""When the interpreter came here: before anything else of ours, and before the libraries that take their time."""
