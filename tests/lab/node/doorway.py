"""A door into a node's network: listens on loopback outside, connects inside. Run as a script.

The listening socket is made before the network namespace is joined, so no interface links the two: only what a client
sends to this one loopback port gets in, and nothing gets out.
Usage: doorway.py MACHINE_PID LISTEN_PORT TARGET_HOST TARGET_PORT
"""

import asyncio
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from lab.node import namespaces  # a script finds its library first


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends."""
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(listener: socket.socket, host: str, port: int) -> None:
    """Accept for ever; a target that refuses closes the connection."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    async with await asyncio.start_server(connect, sock=listener) as server:
        await server.serve_forever()


if __name__ == "__main__":
    outside = socket.socket()
    outside.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    outside.bind(("127.0.0.1", int(sys.argv[2])))
    outside.listen(128)
    namespaces.join(int(sys.argv[1]), namespaces.NET)
    asyncio.run(serve(outside, sys.argv[3], int(sys.argv[4])))
