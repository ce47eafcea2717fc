"""The check of `Host` and `Origin` for the supervisor's servers."""

from collections.abc import Callable, Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from moorage.local.origins import refused


def known_hosts_only(allowed: Callable[[], Collection[str]]) -> Middleware:
    """Return an aiohttp middleware that answers 403 to requests that `refused` refuses."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        why = refused(headers.getall("Host", []), headers.getall("Origin", []), allowed())
        if why is not None:
            raise web.HTTPForbidden(text=f"{why}\n")
        return await handler(request)

    return check
