"""`python -m tests.benchmarks.slow_model SECONDS QUOTE`: a model server that thinks.

Prints its port. Any number of calls at once, each answered after so many seconds with
one claim that quotes the first passage.
"""

import asyncio
import json
import re
import sys

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def reply_of(quote: str) -> bytes:
    citations = [{"passage": 1, "quote": quote}]
    claims = [{"text": quote, "citations": citations}]
    text = json.dumps({"abstained": False, "claims": claims})
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    body = json.dumps({"model": "slow", "choices": choices}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\nConnection: close\r\n\r\n" + body


async def main(seconds: float, quote: str) -> None:
    reply = reply_of(quote)

    async def serve(reader, writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(LENGTH.search(head)[1]))
        await asyncio.sleep(seconds)
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), sys.argv[2]))
