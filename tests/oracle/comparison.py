"""The oracle and the program on the same facts, and how they differ."""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from oracle_table import Change, Story
from program_side import Program
from random_events import Stream, random_stream


def differences(stream: Stream) -> str:
    """Where the two differ first, in words; empty where they do not."""
    story = Story(stream.profile, stream.facts, stream.end_ns, stream.intervals)
    program = Program(stream.profile, stream.intervals)
    return first_difference(story.run(), program.run(stream.facts, stream.end_ns))


def first_difference(oracle: list[Change], program: list[Change]) -> str:
    """The first change that only one of them has, or empty."""
    for at in range(max(len(oracle), len(program))):
        said, did = oracle[at : at + 1], program[at : at + 1]
        if said != did:
            return f"change {at}: the rules say {said}, the program {did}"
    return ""


def first_wrong(span: tuple[int, int]) -> str:
    """The first seed of `span` (first, number) that differs, with how; or empty."""
    first, number = span
    for seed in range(first, first + number):
        found = differences(random_stream(random.Random(seed)))
        if found:
            return f"seed {seed}: {found}"
    return ""


def first_wrong_of_many(first: int, number: int, processes: int = 2) -> str:
    """As `first_wrong`, in several processes."""
    size = 1_000
    spans = [(at, size) for at in range(first, first + number, size)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return next((found for found in pool.map(first_wrong, spans) if found), "")
