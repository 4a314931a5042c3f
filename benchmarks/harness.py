"""How everything here is measured: two sides in alternating laps, and the ratio taken lap by lap."""

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

Act = Callable[[], object]
LAPS = int(os.environ.get("BENCH_LAPS", "8"))
CLIENTS = 4


@dataclass(frozen=True)
class Figure:
    """One measured figure; `ratio` is what the target speaks of, and figures without a target are only told."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    target: str = ""
    met: bool | None = None
    spread: str = ""


class WrongAnswer(Exception):
    """Something was measured that did not do its work."""


def at_least(least: float, ratios: Sequence[float]) -> dict[str, Any]:
    """The verdict on ratios that must reach `least` in the median."""
    middle = statistics.median(ratios)
    return {"ratio": middle, "target": f">= {least:.2f}", "met": middle >= least, "spread": _spread(ratios)}


def at_most(most: float, ratios: Sequence[float]) -> dict[str, Any]:
    """The verdict on ratios that must stay within `most` in the median."""
    middle = statistics.median(ratios)
    return {"ratio": middle, "target": f"<= {most:.2f}", "met": middle <= most, "spread": _spread(ratios)}


def told(ratios: Sequence[float]) -> dict[str, Any]:
    """Ratios that no target speaks of."""
    return {"ratio": statistics.median(ratios), "spread": _spread(ratios)}


def laps(sides: Mapping[str, Callable[[], float]], count: int = LAPS) -> dict[str, list[float]]:
    """What each side gives in `count` alternating laps, after one lap of each that is thrown away.

    Every second lap runs the sides backwards, so that none always follows the same other.
    """
    for side in sides.values():
        side()
    found: dict[str, list[float]] = {name: [] for name in sides}
    for lap in range(count):
        for name in list(sides) if lap % 2 == 0 else reversed(list(sides)):
            found[name].append(sides[name]())
    return found


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Lap by lap."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def seconds(act: Act) -> float:
    """How long an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


class Crew(AbstractContextManager["Crew"]):
    """So many client processes that act at the same time.

    `make(client)` runs once in each process and gives its sides by name; a side is then called over and over.
    """

    def __init__(self, make: Callable[[int], Mapping[str, Act]], clients: int = CLIENTS) -> None:
        context = multiprocessing.get_context("fork")
        pairs = [context.Pipe() for _ in range(clients)]
        self._ends = [ours for ours, _ in pairs]
        self._crew = [
            context.Process(target=_work, args=(make, client, theirs), daemon=True)
            for client, (_, theirs) in enumerate(pairs)
        ]
        for process in self._crew:
            process.start()
        self._all("is there")

    def rate(self, side: str, times: int) -> float:
        """Acts per second when every client acts `times` times on this side; raises what a client raised."""
        began = time.perf_counter()
        for end in self._ends:
            end.send((side, times))
        self._all(side)
        return len(self._ends) * times / (time.perf_counter() - began)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.send(None)
        for process in self._crew:
            process.join(5)
            process.terminate()

    def _all(self, what: str) -> None:
        faults = [fault for fault in (end.recv() for end in self._ends) if fault]
        if faults:
            raise WrongAnswer(f"{what}: {len(faults)} clients failed, first {faults[0]}")


def _work(make: Callable[[int], Mapping[str, Act]], client: int, end: Connection) -> None:
    sides: Mapping[str, Act] = {}
    fault = ""
    try:
        sides = make(client)
    except Exception as failure:
        fault = repr(failure)
    while True:
        end.send(fault)
        wanted = end.recv()
        if wanted is None:
            return
        side, times = wanted
        fault = ""
        try:
            for _ in range(times):
                sides[side]()
        except Exception as failure:
            fault = repr(failure)


def _spread(found: Sequence[float]) -> str:
    return f"{min(found):.2f}-{max(found):.2f} in {len(found)} laps"
