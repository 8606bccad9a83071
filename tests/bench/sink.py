"""A server that takes any HTTP request and answers as BatchWriteItem does when all is in: as cheap as Python can.

Run as `python sink.py`: it prints its port, and ends with its standard input.
"""

import asyncio
import sys

BODY = b'{"UnprocessedItems":{}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
_LENGTH = b"content-length:"


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = bytearray()
        self._size = 0

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._size or self._read_head():
            if len(self._buffer) < self._size:
                return
            del self._buffer[: self._size]
            self._size = 0
            self._transport.write(ANSWER)

    def _read_head(self) -> bool:
        """Learn the size of the next request; False while its head is incomplete."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end]).lower()
        _, _, rest = head.partition(_LENGTH)
        self._size = end + 4 + int(rest.split(b"\r\n", 1)[0] or b"0")
        return True


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
