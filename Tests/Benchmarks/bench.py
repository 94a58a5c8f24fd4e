#!/usr/bin/env python3
"""Measures flowbatch beside other tools, in one run on one machine, and prints ratios. `make bench` builds and runs it.

Usage: bench.py [planning] [overhead] [makespan] [--sizes 1000,10000,100000,1000000] [--chains 1000] [--speed 20]
"""

import argparse
import json
import math
import os

import campaigns
import makespan
from tools import BENCHMARK, BUILD, FLOWBATCH, checked, fresh, measure, python_tool, system_tool

WORK = BUILD / "work"
# Nothing is sent: what is planned is not run, and what is resumed is finished.
NOWHERE = {"FLOW_BASE_URL": "http://127.0.0.1:9", "FLOW_API_KEY": "nothing"}


def home(folder):
    return {**NOWHERE, "FLOWBATCH_HOME": str(folder / "home")}


def planning(sizes):
    """Plan and no-op resume against `ninja -n` and `snakemake -n`, and how they grow."""
    ninja = system_tool("ninja", "ninja-build")
    snakemake = python_tool("snakemake")
    print("\nPlanning chains of four steps. Each line: processor time, time by the clock, peak memory.")
    grown = {}
    for size in sizes:
        chains = size // 4
        folder = fresh(WORK / f"plan-{size}")
        campaign = campaigns.flowbatch(folder, chains, f"plan-{size}")
        results = {"flowbatch plan": checked(measure([FLOWBATCH, "plan", campaign.name], folder, home(folder)), "plan")}
        results["flowbatch validate"] = checked(measure([FLOWBATCH, "validate", campaign.name], folder, home(folder)), "validate")
        campaigns.ninja(folder / "ninja", chains)
        results["ninja -n"] = checked(measure([ninja, "-n"], folder / "ninja"), "ninja -n")
        if size <= 10_000:
            campaigns.snakemake(folder / "snakemake", chains)
            results["snakemake -n"] = checked(measure([snakemake, "-n", "-q", "all"], folder / "snakemake"), "snakemake -n")
        if size <= 100_000:
            made = checked(measure([BENCHMARK, campaign.name, folder / "home", "--files"], folder, keep=True), "Benchmark")
            results["first run, nothing sent"] = made
            command = [FLOWBATCH, "run", campaign.name, "--yes", "--progress", "none"]
            results["no-op resume"] = checked(measure(command, folder, home(folder), keep=True), "no-op run")
            results["status"] = checked(measure([FLOWBATCH, "status", campaign.name], folder, home(folder)), "status")
        print(f"\n  {size:,} instances")
        base = results["ninja -n"].cpu
        for name, used in results.items():
            print(f"    {name:24} {used}   {used.cpu / base:6.1f} × ninja -n")
            grown.setdefault(name, []).append((size, used))
    print("\nGrowth: the exponent between two sizes (1: linear; n log n is 1.1 here).")
    for name, points in grown.items():
        steps = []
        for (small, before), (large, after) in zip(points, points[1:]):
            steps.append(f"{small:,} → {large:,}: {math.log(after.cpu / before.cpu) / math.log(large / small):.2f}")
        if steps:
            print(f"    {name:24} {', '.join(steps)}")


def overhead(chains):
    """What a step costs that does nothing: time and memory of each tool on chains of four steps."""
    steps = chains * 4
    print(f"\nOverhead a step: {chains:,} chains of four steps that do nothing. Processor time and time by the clock, a step.")
    results = {}
    folder = fresh(WORK / "overhead")
    campaign = campaigns.flowbatch(folder / "null", chains, "overhead")
    used = checked(measure([BENCHMARK, campaign.name, "home"], folder / "null", keep=True), "Benchmark")
    run = json.loads(used.output)
    results["flowbatch, in process"] = (run["cpu"], run["seconds"], run["peak_kb"] / 1024)
    print(f"  flowbatch's {run['writes']:,} records were written in {run['transactions']:,} transactions, "
          f"and the account was asked {run['questions']:,} times in {run['account_transactions']:,}")
    campaign = campaigns.flowbatch(folder / "http", chains, "overhead-http")
    command = [FLOWBATCH, "run", campaign.name, "--sandbox=10000", "--render", "none", "--yes", "--progress", "none"]
    used = checked(measure(command, folder / "http", keep=True), "run --sandbox")
    results["flowbatch, HTTP and files"] = (used.cpu, used.wall, used.megabytes)
    for name, make, command, environment in [
        ("ninja", campaigns.ninja, [system_tool("ninja", "ninja-build")], {}),
        ("doit", campaigns.doit, [python_tool("doit"), "-v0"], {}),
        ("luigi", campaigns.luigi,
         [python_tool("luigi"), "--module", "chains", "All", "--local-scheduler", "--log-level", "ERROR"], {"PYTHONPATH": "."}),
        ("snakemake", campaigns.snakemake, [python_tool("snakemake"), "--cores", str(os.cpu_count() or 2), "-q", "all"], {}),
    ]:
        # Snakemake takes so long that a tenth of the chains has to do; what it takes is counted ten times.
        times = 10 if name == "snakemake" and chains >= 100 else 1
        make(folder / name, chains // times)
        used = checked(measure(command, folder / name, environment, keep=True), name)
        results[name] = (used.cpu * times, used.wall * times, used.megabytes)
    own = results["flowbatch, in process"]
    for name, (cpu, wall, megabytes) in results.items():
        print(
            f"    {name:28} {cpu / steps * 1000:8.2f} ms cpu {wall / steps * 1000:8.2f} ms {megabytes:6.0f} MB"
            f"   {cpu / own[0]:7.1f} × and {wall / own[1]:7.1f} × flowbatch in process")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=["planning", "overhead", "makespan", []])
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--chains", type=int, default=1000)
    parser.add_argument("--speed", type=float, default=20)
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    what = options.what or ["planning", "overhead", "makespan"]
    if "planning" in what:
        planning([int(size) for size in options.sizes.split(",")])
    if "overhead" in what:
        overhead(options.chains)
    if "makespan" in what:
        makespan.compare(fresh(WORK / "makespan"), options.speed)


if __name__ == "__main__":
    main()
