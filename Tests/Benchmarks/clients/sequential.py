"""The straightforward script: one job after the other, asked about every five seconds."""

import os

import provider

for number in range(int(os.environ["PICTURES"])):
    job = provider.picture(number)
    provider.wait(job)
    path = provider.upload(provider.download(job, "image", f"{number}.png"))
    job = provider.clip(number, path)
    provider.wait(job)
    provider.download(job, "video", f"{number}.mp4")
