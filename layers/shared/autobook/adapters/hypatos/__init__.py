"""Hypatos over HTTP: the client, with its access tokens.

This façade is the package: nothing outside imports the modules behind it. The client is built once per warm function
and keeps its connection and its token.
"""

from autobook.adapters.hypatos.client import HypatosClient
from autobook.adapters.hypatos.secret import HypatosSecret
from autobook.adapters.hypatos.tokens import AccessTokens, ClientCredentials, CredentialSource

__all__ = ["AccessTokens", "ClientCredentials", "CredentialSource", "HypatosClient", "HypatosSecret"]
