"""Makespan and requests a job of several clients on the same kind of sandbox, one after the other."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from tools import FLOWBATCH, checked, fresh, measure, python_tool, system_tool

THREADS = 6
PICTURES = 48
HERE = Path(__file__).resolve().parent

CAMPAIGN = f"""flowbatch: 1
name: makespan
provider: flow
providers: {{ flow: {{ plan: turbo, prices: {{ video: 1 VND }}, limits: {{ images: unlimited }} }} }}
steps:
  scene:
    uses: t2i
    for_each: {{ n: [{", ".join(str(number) for number in range(PICTURES))}] }}
    with: {{ prompt: "picture ${{{{ each.n }}}}", aspect_ratio: "16:9" }}
  clip:
    uses: i2v
    for_each: ${{{{ steps.scene.images }}}}
    with: {{ image: "${{{{ each.item }}}}", prompt: "clip ${{{{ each.n }}}}", aspect_ratio: "16:9" }}
"""


class Sandbox:
    """The provider as a server of its own, with a ledger and a request log."""

    def __init__(self, folder: Path, speed: float):
        self.process = subprocess.Popen(
            [FLOWBATCH, "sandbox", "--port", "0", "--speed", str(speed), "--threads", str(THREADS), "--render", "none", "--state",
             folder / "server"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().split()[-1]

    def statistics(self):
        with urllib.request.urlopen(self.address + "/sandbox/statistics") as reply:
            return json.load(reply)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def script(name, folder, speed, command):
    """One client of ours against a sandbox of its own: seconds of provider time, statistics."""
    folder = fresh(folder / name.replace(" ", "-").replace(",", ""))
    sandbox = Sandbox(folder, speed)
    try:
        environment = {"ADDRESS": sandbox.address, "SPEED": str(speed), "PICTURES": str(PICTURES), "THREADS": str(THREADS)}
        used = checked(measure(command, folder, environment, keep=True), name)
        return used.wall * speed, sandbox.statistics()
    finally:
        sandbox.stop()


def busiest(state: Path, speed: float) -> int:
    """The most requests in any hour of provider time, by the sandbox's own log."""
    times = sorted(float(line.split()[0]) for line in (state / "requests.log").read_text().splitlines())
    most = first = 0
    for last, moment in enumerate(times):
        while moment - times[first] >= 3600 / speed:
            first += 1
        most = max(most, last - first + 1)
    return most


def compare(folder: Path, speed: float):
    print(f"\nMakespan: {PICTURES} pictures, a clip of each, {THREADS} threads, 600 requests an hour; the sandbox {speed:g} times faster than life")
    print(f"(a second that a client itself takes counts as {speed:g} s).")
    one = HERE / "clients" / "one.py"
    chains = [str(number) for number in range(PICTURES)]
    rows = {}
    own = fresh(folder / "flowbatch")
    (own / "campaign.yaml").write_text(CAMPAIGN)
    command = [FLOWBATCH, "run", "campaign.yaml", f"--sandbox={speed:g}", "--render", "none", "--yes", "--progress", "none"]
    used = checked(measure(command, own, keep=True), "run --sandbox")
    run = json.loads((own / "outputs" / "makespan-sandbox" / "run.json").read_text())
    rows["flowbatch"] = (used.wall * speed, run["totals"]["requests"], busiest(own / ".flowbatch" / "sandbox" / "server", speed))
    for name, command in [
        ("sequential script", [sys.executable, HERE / "clients" / "sequential.py"]),
        ("asyncio, semaphore", [sys.executable, HERE / "clients" / "simultaneous.py"]),
        ("GNU parallel", [system_tool("parallel", "parallel"), "--will-cite", "-j", THREADS, sys.executable, one, ":::", *chains]),
        ("snakemake", [python_tool("snakemake"), "-s", HERE / "clients" / "Snakefile", "--cores", THREADS, "--resources",
                       f"jobs={THREADS}", "-q", "all"]),
    ]:
        seconds, statistics = script(name, folder, speed, command)
        rows[name] = (seconds, statistics["total_requests"], statistics["peak_requests_in_window"])
    jobs = 2 * PICTURES
    base = rows["flowbatch"]
    for name, (seconds, requests, most) in rows.items():
        print(
            f"    {name:22} {seconds:8.0f} s {requests / jobs:7.2f} requests a job   {seconds / base[0]:6.2f} × the time and"
            f" {requests / base[1]:5.2f} × the requests of flowbatch; {most} in the busiest hour of 600")
