"""One chain: a picture, and a clip of it. `one.py NUMBER [picture|clip]`"""

import sys

import provider

number = sys.argv[1]
what = sys.argv[2] if len(sys.argv) > 2 else "both"
if what in ("picture", "both"):
    job = provider.picture(number)
    provider.wait(job)
    provider.download(job, "image", f"{number}.png")
if what in ("clip", "both"):
    with open(f"{number}.png", "rb") as file:
        path = provider.upload(file.read())
    job = provider.clip(number, path)
    provider.wait(job)
    provider.download(job, "video", f"{number}.mp4")
