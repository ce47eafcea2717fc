"""The network of a project's containers, and their access to the supervisor's endpoints."""

import asyncio
import contextlib
import functools
import ipaddress
from collections.abc import Sequence
from typing import Any, cast

from moorage.local.streams import join, stop_listening

from . import cli

_DESKTOP_HOST = "host.docker.internal"


class Network:
    """A bridge network of one project and stack, created on first use.

    The supervisor listens on 127.0.0.1 only, which containers cannot reach. Docker Desktop, whose bridges are
    not on this machine, offers `host.docker.internal` for that. On Linux the bridge's gateway is an address
    of this machine: there this class listens, for the network's containers only, and forwards connections
    to 127.0.0.1. (Entering a container's network namespace needs root; containers on the host's network would
    need different ports; a forwarding container needs an image.)
    """

    def __init__(self, name: str, labels: Sequence[str]) -> None:
        """Keep the name; `labels` are the options that label the network."""
        self.name = name
        self._labels = labels
        self._made: asyncio.Task[ipaddress.IPv4Interface] | None = None
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._addresses: dict[int, str] = {}
        self._opening = asyncio.Lock()

    async def ready(self) -> ipaddress.IPv4Interface:
        """Create the network unless it exists; return its gateway's address with the prefix length.

        Raises:
            DockerError: it could not be created.
        """
        if self._made is None or (self._made.done() and self._made.exception()):
            self._made = asyncio.ensure_future(self._make())
        return await asyncio.shield(self._made)

    async def _make(self) -> ipaddress.IPv4Interface:
        try:
            pools: list[dict[str, Any]] = await cli.inspect("network", self.name, ".IPAM.Config")
        except cli.DockerError:
            await cli.call("network", "create", "--driver", "bridge", *self._labels, self.name)
            pools = await cli.inspect("network", self.name, ".IPAM.Config")
        for pool in pools:
            subnet = ipaddress.ip_network(pool["Subnet"])
            if isinstance(subnet, ipaddress.IPv4Network):
                gateway = pool.get("Gateway") or str(subnet[1])
                return ipaddress.IPv4Interface(f"{gateway}/{subnet.prefixlen}")
        raise cli.DockerError(f"the network {self.name} has no IPv4 subnet")

    async def expose(self, port: int) -> str:
        """Return `host:port` at which the network's containers reach `port` of this machine's 127.0.0.1."""
        gateway = await self.ready()
        async with self._opening:
            if port not in self._addresses:
                try:
                    forward = functools.partial(self._forward, gateway, port)
                    server = await asyncio.start_server(forward, str(gateway.ip), 0)
                    self._servers.append(server)
                    self._addresses[port] = f"{gateway.ip}:{server.sockets[0].getsockname()[1]}"
                except OSError:  # Not an address of this machine.
                    self._addresses[port] = f"{_DESKTOP_HOST}:{port}"
            return self._addresses[port]

    @property
    def host_arguments(self) -> tuple[str, ...]:
        """Return options of `docker run` that make the addresses of `expose` valid in the container."""
        if len(self._servers) < len(self._addresses):
            return ("--add-host", f"{_DESKTOP_HOST}:host-gateway")
        return ()

    async def close(self) -> None:
        """Stop listening and remove the network, if it exists."""
        for server in self._servers:
            await stop_listening(server)
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._servers.clear()
        self._addresses.clear()
        if self._made is not None:
            with contextlib.suppress(cli.DockerError):
                await cli.call("network", "rm", self.name)
            self._made = None

    async def _forward(
        self,
        gateway: ipaddress.IPv4Interface,
        port: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Forward a connection to the gateway's address to a port of 127.0.0.1."""
        connection = cast("asyncio.Task[None]", asyncio.current_task())
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        with contextlib.closing(writer), contextlib.suppress(OSError):
            # The kernel also accepts packets for this address from other machines on the local network.
            if ipaddress.ip_address(writer.get_extra_info("peername")[0]) in gateway.network:
                await join((reader, writer), await asyncio.open_connection("127.0.0.1", port))
