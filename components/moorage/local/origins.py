"""Refusal of requests that come from web pages or name a foreign host.

A page in the developer's browser reaches 127.0.0.1 too: directly, or by a DNS name of its own that it lets
resolve to 127.0.0.1 (DNS rebinding). A browser adds `Origin` to the former where the page could change or
read something, and sends the latter with the page's own name as `Host`.
"""

from collections.abc import Collection, Sequence


def refused(hosts: Sequence[str], origins: Sequence[str], allowed: Collection[str]) -> str | None:
    """Return why a request with these `Host` and `Origin` headers is refused, or None for one that may pass.

    `allowed` has the names, lower case and with the port, by which clients know the server.
    """
    if origins:
        return "Origin: requests of web pages are refused"
    if len(hosts) != 1 or hosts[0].lower() not in allowed:
        return f"Host: {', '.join(hosts) or 'missing'} is not a name of this server"
    return None
