"""The tools that flowbatch is held against, and how what they use is measured."""

import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build-bench"
TOOLS = BUILD / "tools"
FLOWBATCH = BUILD / "release" / "flowbatch"
BENCHMARK = BUILD / "release" / "Benchmark"


@dataclass
class Used:
    """What one command took: seconds by the clock, seconds of processor time (children included), peak memory of its largest process."""

    wall: float
    cpu: float
    megabytes: float
    code: int
    output: str

    def __str__(self):
        return f"{self.cpu:8.2f} s cpu {self.wall:8.2f} s {self.megabytes:7.0f} MB"


def measure(command, folder, environment=None, keep=False, timeout=3600):
    """Runs a command and tells what it used. Its output is read to the end, as a person's terminal would; kept only where asked for."""
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [str(part) for part in command], cwd=folder, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = b""
    for line in process.stdout:
        text = text + line if keep else line
        if time.monotonic() - began > timeout:
            process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Used(wall, cpu, usage.ru_maxrss / scale, process.returncode, text.decode(errors="replace"))


def checked(used: Used, what: str) -> Used:
    if used.code != 0:
        sys.exit(f"bench: {what} ended with {used.code}:\n{used.output[-2000:]}")
    return used


def python_tool(name: str) -> Path:
    """A tool written in Python, in an environment of its own below the build folder."""
    environment = TOOLS / "python"
    tool = environment / "bin" / name
    if not tool.exists():
        print(f"installing {name}", file=sys.stderr)
        if not (environment / "bin" / "pip").exists():
            subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin" / "pip", "install", "--quiet", name], check=True)
    return tool


def system_tool(name: str, package: str) -> Path:
    """A tool of the system; installed with apt or Homebrew where it is missing."""
    if shutil.which(name) is None:
        print(f"installing {package}", file=sys.stderr)
        if shutil.which("brew"):
            subprocess.run(["brew", "install", "ninja" if package == "ninja-build" else package], check=True)
        else:
            root = [] if os.geteuid() == 0 else ["sudo", "-n"]
            subprocess.run([*root, "apt-get", "-q", "update"], check=True, stdout=sys.stderr)
            subprocess.run([*root, "apt-get", "-q", "install", "-y", "--no-install-recommends", package], check=True, stdout=sys.stderr)
    return Path(shutil.which(name) or name)


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
