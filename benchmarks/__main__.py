"""`python -m benchmarks` measures everything; `python -m benchmarks NAME ...` only these."""

import importlib
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.harness import Figure

MEASURED = (
    "place",
    "place_http",
    "orders_page",
    "lead_time_watch",
    "promise_sweep",
    "attainment",
    "disruption",
    "promisable",
    "reserving",
    "balance_proof",
    "catalogue_search",
    "oversell",
)
REPORT = Path(__file__).resolve().parents[1] / "build" / "bench.json"


def main(names: list[str]) -> int:
    """Measure, print the table, write the report; the exit code says whether every target was met."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped then, too
    wanted = [name.replace("-", "_") for name in names] or list(MEASURED)
    if unknown := [name for name in wanted if name not in MEASURED]:
        print(f"no such measurement: {', '.join(unknown)}; there are {', '.join(MEASURED)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"benchmarks.{name}").measure()
    print(table(figures))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False) + "\n")
    return 1 if any(figure.met is False for figure in figures) else 0


def table(figures: list[Figure]) -> str:
    """The figures as a table for the terminal."""
    head = ("figure", "value", "unit", "ratio", "against", "target", "met", "ratio from-to")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    met = "" if figure.met is None else "yes" if figure.met else "NO"
    value = f"{figure.value:,.0f}" if abs(figure.value) >= 100 else f"{figure.value:.3g}"
    return (figure.name, value, figure.unit, ratio, figure.against, figure.target, met, figure.spread)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
