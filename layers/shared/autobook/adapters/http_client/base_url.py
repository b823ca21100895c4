"""A system's base URL, checked before a credential is sent there."""

import ipaddress

import httpx

from autobook.domain.errors import GiveUp


def checked_base_url(base_url: str, system: str) -> httpx.URL:
    """The base URL without a slash at the end. GiveUp if it is not https (or http to a loopback address)."""
    try:
        url = httpx.URL(base_url.rstrip("/"))
    except httpx.InvalidURL as error:
        raise GiveUp(f"the base URL of {system} is not a URL: {error}") from None
    if not url.host or url.userinfo or url.query or url.fragment:
        raise GiveUp(f"the base URL of {system} must be https://HOST/PATH, without user, query or fragment")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise GiveUp(f"the base URL of {system} must be https (plain http only to a loopback address)")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
