"""The same graph for every tool: chains of four steps, each of which does nothing but leave its file."""

import math
from pathlib import Path

STEPS = ("scene", "refined", "hd", "clip")


def axes(chains):
    """Two factors of `chains`, as near to each other as they come."""
    first = max(1, math.isqrt(chains))
    while chains % first:
        first -= 1
    return first, chains // first


def flowbatch(folder: Path, chains: int, name: str, threads: int = 64) -> Path:
    """Picture, picture made from it, enlargement, clip; no limit but the threads, and a price for everything."""
    styles, places = axes(chains)
    folder.mkdir(parents=True, exist_ok=True)
    campaign = folder / "campaign.yaml"
    campaign.write_text(f"""flowbatch: 1
name: {name}
provider: flow
providers:
  flow:
    plan: turbo
    limits: {{ threads: {threads}, requests: none, images: unlimited }}
    prices: {{ image: 1 VND, upscale: 1 VND, video: 1 VND }}
steps:
  scene:
    uses: t2i
    for_each:
      style: [{", ".join(f"s{number}" for number in range(styles))}]
      place: [{", ".join(f"p{number}" for number in range(places))}]
    with: {{ prompt: "Serum on ${{{{ each.place }}}} in ${{{{ each.style }}}}", aspect_ratio: "16:9" }}
  refined:
    uses: r2i
    for_each: ${{{{ steps.scene.images }}}}
    with: {{ prompt: "warmer, ${{{{ each.place }}}} in ${{{{ each.style }}}}", references: ["${{{{ each.item }}}}"], aspect_ratio: "16:9" }}
  hd:
    uses: upscale
    for_each: ${{{{ steps.refined.images }}}}
    with: {{ image: "${{{{ each.item }}}}", resolution: 4K }}
  clip:
    uses: i2v
    for_each: ${{{{ steps.hd.images }}}}
    with: {{ image: "${{{{ each.item }}}}", prompt: "slow push-in, ${{{{ each.place }}}} in ${{{{ each.style }}}}", aspect_ratio: "16:9" }}
""")
    return campaign


def ninja(folder: Path, chains: int):
    folder.mkdir(parents=True, exist_ok=True)
    for step in STEPS:
        (folder / step).mkdir(exist_ok=True)
    with open(folder / "build.ninja", "w") as file:
        file.write("rule step\n  command = : > $out\n  description = $out\n")
        for chain in range(chains):
            before = ""
            for step in STEPS:
                out = f"{step}/{chain}"
                file.write(f"build {out}: step {before}\n")
                before = out


def snakemake(folder: Path, chains: int):
    folder.mkdir(parents=True, exist_ok=True)
    rules = [f'rule all:\n    input: expand("clip/{{chain}}", chain=range({chains}))\n']
    for position, step in enumerate(STEPS):
        before = f'    input: "{STEPS[position - 1]}/{{chain}}"\n' if position else ""
        rules.append(f'rule {step}:\n{before}    output: "{step}/{{chain}}"\n    shell: ": > {{output}}"\n')
    (folder / "Snakefile").write_text("\n".join(rules))


def luigi(folder: Path, chains: int):
    folder.mkdir(parents=True, exist_ok=True)
    for step in STEPS:
        (folder / step).mkdir(exist_ok=True)
    (folder / "chains.py").write_text(f"""import luigi

STEPS = {STEPS!r}


class Step(luigi.Task):
    chain = luigi.IntParameter()
    step = luigi.IntParameter()

    def requires(self):
        return [Step(chain=self.chain, step=self.step - 1)] if self.step else []

    def output(self):
        return luigi.LocalTarget(f"{{STEPS[self.step]}}/{{self.chain}}")

    def run(self):
        open(self.output().path, "w").close()


class All(luigi.WrapperTask):
    def requires(self):
        return [Step(chain=chain, step=len(STEPS) - 1) for chain in range({chains})]
""")


def doit(folder: Path, chains: int):
    folder.mkdir(parents=True, exist_ok=True)
    for step in STEPS:
        (folder / step).mkdir(exist_ok=True)
    (folder / "dodo.py").write_text(f"""STEPS = {STEPS!r}


def make(path):
    open(path, "w").close()


def task_chain():
    for chain in range({chains}):
        before = None
        for step in STEPS:
            out = f"{{step}}/{{chain}}"
            yield {{
                "name": out, "actions": [(make, [out])], "targets": [out],
                "file_dep": [before] if before else [], "uptodate": [True],
            }}
            before = out
""")
