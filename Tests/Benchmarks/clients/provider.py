"""What the provider's document shows in its own example: submit, poll, download. Nothing is repeated, remembered or limited."""

import json
import os
import time
import urllib.request
import uuid

ADDRESS = os.environ["ADDRESS"] + "/public/api/v1/"
SPEED = float(os.environ["SPEED"])
POLL = 5 / SPEED
KEY = {"X-API-Key": "sandbox"}


def call(path, body=None, content_type="application/json"):
    headers = {**KEY, "Content-Type": content_type} if body is not None else KEY
    with urllib.request.urlopen(urllib.request.Request(ADDRESS + path, data=body, headers=headers)) as reply:
        return reply.read()


def submit(operation, body):
    return json.loads(call(operation, json.dumps(body).encode()))["job_id"]


def status(job):
    return json.loads(call(f"jobs/{job}"))["status"]


def wait(job):
    while (state := status(job)) != "completed":
        if state == "failed":
            raise SystemExit(f"{job} failed")
        time.sleep(POLL)


def download(job, kind, path):
    content = call(f"jobs/{job}/{kind}")
    with open(path, "wb") as file:
        file.write(content)
    return content


def upload(content):
    boundary = uuid.uuid4().hex
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'.encode()
        + content + f"\r\n--{boundary}--\r\n".encode())
    return json.loads(call("upload-image", body, f"multipart/form-data; boundary={boundary}"))["path"]


def picture(number):
    return submit("text-to-image", {"prompts": [f"picture {number}"], "aspect_ratio": "16:9"})


def clip(number, path):
    items = [{"image_path": path, "prompt": f"clip {number}"}]
    return submit("image-to-video", {"items": items, "aspect_ratio": "16:9"})
