"""Addresses that somebody else's server names: only what the whole internet may see is fetched, and that server itself.

A picture's address can be answered by a redirect or a name server with an address of this machine's own network, so
what counts is the peer of the connection, looked at before anything is asked of it.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def is_public(address: str) -> bool:
    """address: of a peer, as a socket gives it."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_global


def through_proxy(url: str) -> bool:
    """Whether the environment's proxy fetches it: then the peer is the proxy, and the network is the proxy's."""
    parts = urlsplit(url)
    proxies = getproxies()
    return bool(proxies.get(parts.scheme) or proxies.get("all")) and not proxy_bypass(parts.hostname or "")
