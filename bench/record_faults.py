"""Throws crashes and disk faults at a record, and looks at what is left of it.

Run: ``python -m bench.record_faults [--kills 420] [--cuts 720] [--faults 260] [--seed 1]``. The
real start (`app.damaged_files.ready_file`) and the real recorder run in child processes on scripted
sessions and note what they handed over and what was acknowledged. After each fault the record is
opened as the program opens it, every acknowledged event must be there, in order, on an unbroken
chain, and the session must go on. The power cuts and injected faults need Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from bench._power_cut import NoCompilerError, build_disk_log
from bench._record_strikes import cut_power, damage_between, fault_once, kill_once, kill_program
from bench._scripted_record import shrink_rows
from bench._struck_record import KINDS, PROJECT_ROOT, Finding


def run_share(kills: int, cuts: int, faults: int, seed: int) -> Iterator[Finding]:
    """One worker's share of the campaign, in a process that was started with the disk recorder."""
    shrink_rows()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_DATA_HOME"] = f"{place}/data"
        folder = Path(place)
        for number in range(kills):
            kind = KINDS[number % len(KINDS)]
            one = seed * 100_000 + number
            yield replace(kill_once(folder / f"kill-{number}", kind, one), seed=one)
        per_log = 30
        for number in range(-(-cuts // per_log)):
            kind = KINDS[number % len(KINDS)]
            some = min(per_log, cuts - number * per_log)
            yield from cut_power(folder / f"power-{number}", kind, seed * 7_919 + number, some)
            shutil.rmtree(folder / f"power-{number}")
        for number in range(faults):
            place_of = folder / f"fault-{number}"
            one = seed * 100_000 + number
            throw = damage_between if number % 5 == 4 else fault_once
            yield replace(throw(place_of, one), seed=one)
            shutil.rmtree(place_of, ignore_errors=True)


def run_campaign(kills: int, cuts: int, faults: int, seed: int, workers: int = 2) -> list[Finding]:
    """The whole campaign, shared between `workers`.

    Raises:
        NoCompilerError: the recorder of the disk cannot be built here.
        RuntimeError: a worker failed.
    """
    with tempfile.TemporaryDirectory() as place:
        library = build_disk_log(Path(place))
        env = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(PROJECT_ROOT)}
        answers = [Path(place) / f"answer-{worker}" for worker in range(workers)]
        counts = [str(-(-count // workers)) for count in (kills, cuts, faults)]
        shares = []
        for worker, answer in enumerate(answers):
            command = [sys.executable, "-m", "bench.record_faults", "--worker", str(seed + worker)]
            with answer.open("wb") as out:
                shares.append(subprocess.Popen(command + counts, env=env, stdout=out))
        codes = [share.wait() for share in shares]
        if any(codes):
            raise RuntimeError(f"workers ended with {codes}")
        lines = [line for answer in answers for line in answer.read_text().splitlines()]
    findings = [Finding(**json.loads(line)) for line in lines]
    return findings


DESTROYED = "before the new file"
"""A second fault at once: the file was destroyed, and its new one not yet written."""


def table(findings: list[Finding]) -> list[str]:
    """The findings as a table in Markdown."""
    rows = [
        "| thrown | while or at | times | acknowledged events lost | records not whole |"
        " oldest sample missing, ms | recording again after, ms (median, worst) |",
        "|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.group, finding.what), []).append(finding)
    for (group, what), members in sorted(groups.items()):
        times = sorted(member.again_ms for member in members)
        rows.append(
            f"| {group} | {what} | {len(members)} | {sum(m.lost for m in members)}"
            f" | {sum(bool(m.wrong) for m in members)}"
            f" | {max(m.missing_ms for m in members):.0f}"
            f" | {times[len(times) // 2]:.0f}, {times[-1]:.0f} |"
        )
    return rows


def main() -> None:
    """Run the campaign, or a worker's share of it."""
    parser = argparse.ArgumentParser(description="crashes and disk faults against the record")
    parser.add_argument("--kills", type=int, default=420)
    parser.add_argument("--cuts", type=int, default=720)
    parser.add_argument("--faults", type=int, default=260)
    parser.add_argument("--programs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", nargs=4, type=int, metavar=("SEED", "KILLS", "CUTS", "FAULTS"))
    options = parser.parse_args()
    if options.worker:
        seed, kills, cuts, faults = options.worker
        for finding in run_share(kills, cuts, faults, seed):
            os.write(1, json.dumps(asdict(finding)).encode() + b"\n")
        return
    try:
        findings = run_campaign(options.kills, options.cuts, options.faults, options.seed)
    except NoCompilerError as error:
        print(f"not run: {error}")
        return
    with tempfile.TemporaryDirectory() as place:
        logging.disable(logging.CRITICAL)
        findings += [
            kill_program(Path(place) / f"{number}", options.seed + number)
            for number in range(options.programs)
        ]
    print("\n".join(table(findings)))
    held = [finding for finding in findings if not finding.what.endswith(DESTROYED)]
    put = sum(finding.put for finding in held)
    kept = sum(finding.kept for finding in held)
    print(f"\n{len(findings)} faults; {sum(f.lost for f in findings)} acknowledged events lost;")
    share = f"{kept} of {put} events ({100 * kept / put:.2f} %)"
    print(f"{share} handed over before a fault are there, where no file was destroyed under it")
    for finding in findings:
        if finding.wrong or finding.lost:
            print(f"WRONG {finding}")


if __name__ == "__main__":
    main()
