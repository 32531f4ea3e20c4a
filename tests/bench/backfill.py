"""Subscribers that read the whole feed again and again, as fast as they are let, until their standard input ends."""

import asyncio
import json
import sys
from collections import Counter

from tests.bench.asker import Asker


async def main() -> None:
    """The service's address, then the token of each subscriber."""
    url, *tokens = sys.argv[1:]
    counts: Counter[str] = Counter()
    readers = [asyncio.create_task(_read(Asker(url, token, "shop"), counts)) for token in tokens]
    await asyncio.to_thread(sys.stdin.read)
    for each in readers:
        each.cancel()
    sys.stdout.write(json.dumps(counts))


async def _read(asker: Asker, counts: Counter[str]) -> None:
    after = ""
    while True:
        answer = await asker.get(f"/events?limit=1000{after}")
        if answer.status == 200:
            page = json.loads(answer.body)
            counts["events"] += len(page["items"])
            after = "" if page["complete"] else f"&after={page['next']}"
        else:
            counts[f"refused with {answer.status}"] += 1
            await asyncio.sleep(answer.pause)


if __name__ == "__main__":
    asyncio.run(main())
