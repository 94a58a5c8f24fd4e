"""The asyncio script: as many jobs at once as there are threads, each asked about every five seconds."""

import asyncio
import os

import provider

threads = asyncio.Semaphore(int(os.environ["THREADS"]))


async def finished(submit, *arguments):
    async with threads:
        job = await asyncio.to_thread(submit, *arguments)
        while (state := await asyncio.to_thread(provider.status, job)) != "completed":
            if state == "failed":
                raise SystemExit(f"{job} failed")
            await asyncio.sleep(provider.POLL)
    return job


async def chain(number):
    job = await finished(provider.picture, number)
    content = await asyncio.to_thread(provider.download, job, "image", f"{number}.png")
    path = await asyncio.to_thread(provider.upload, content)
    job = await finished(provider.clip, number, path)
    await asyncio.to_thread(provider.download, job, "video", f"{number}.mp4")


async def main():
    await asyncio.gather(*(chain(number) for number in range(int(os.environ["PICTURES"]))))


asyncio.run(main())
