"""python-hl7's own asyncio MLLP server, answering as its documentation shows: `python -m benches.load.library_server`.

It parses each message and acknowledges it; it stores nothing. Prints its port, ends when its standard input closes.
"""

import asyncio
import sys

from hl7.mllp import HL7StreamReader, HL7StreamWriter, start_hl7_server


async def answer(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
    """Acknowledge every message of a connection."""
    try:
        while not writer.is_closing():
            received = await reader.readmessage()
            writer.writemessage(received.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


async def main() -> None:
    """Serve until standard input closes."""
    server = await start_hl7_server(answer, "127.0.0.1", 0, encoding="utf-8")
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
