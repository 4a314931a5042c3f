"""The states a thing goes through: one table for each lifecycle, asked by its acts, told by docs, tried by tests."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Moves:
    """Where a thing may go from each of its states; from an end it goes nowhere."""

    table: Mapping[str, Collection[str]]

    def allow(self, state: str, to: str) -> bool:
        """Whether a thing in one state may go to the other next."""
        return to in self.table[state]

    def make(self, thing: Any, to: str) -> None:
        """Put a thing into its next state. An act that may be refused asks before, so ValueError here is a bug."""
        if not self.allow(thing.state, to):
            raise ValueError(f"{type(thing).__name__} cannot go from {thing.state} to {to}")
        thing.state = to
