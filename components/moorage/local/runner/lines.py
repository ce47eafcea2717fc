"""Lines of a container's output."""

from collections.abc import AsyncIterable

from . import LogSink

_LONGEST = 256 * 1024


class Lines:
    """Cuts output into lines; one of more than 256 KiB comes in pieces."""

    def __init__(self, sink: LogSink) -> None:
        """Pass every line to `sink`, without its end."""
        self.taken = 0
        """Bytes so far."""
        self._sink = sink
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Take more output."""
        self.taken += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._sink(line.decode(errors="replace").rstrip("\r"))
        if len(self._rest) > _LONGEST:
            self.close()

    async def take(self, chunks: AsyncIterable[bytes]) -> None:
        """Take all output, to its end."""
        async for chunk in chunks:
            self.feed(chunk)
        self.close()

    def close(self) -> None:
        """Pass on a last line without an end."""
        if self._rest:
            self._sink(self._rest.decode(errors="replace"))
            self._rest = b""
