"""What a call costs with Python's aiohttp: each caller makes one call after another.

    client.py URL CALLERS SECONDS

prints the CPU microseconds of a call.
"""

import asyncio
import sys
import time

import aiohttp


async def main():
    url, callers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    calls = 0
    is_over = False
    headers = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}

    async def caller(session):
        nonlocal calls
        while not is_over:
            async with session.get(url, headers=headers) as answer:
                if not await answer.read():
                    sys.exit("an empty answer")
            calls += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = [asyncio.create_task(caller(session)) for _ in range(callers)]
        await asyncio.sleep(0.5)
        calls_before, cpu_before = calls, time.process_time()
        await asyncio.sleep(seconds)
        print((time.process_time() - cpu_before) * 1e6 / (calls - calls_before))
        is_over = True
        await asyncio.gather(*tasks)


asyncio.run(main())
