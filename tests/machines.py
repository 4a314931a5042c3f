"""Running a house that does what comes, in many histories, each as if it were the first."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def live(machine: type[RuleBasedStateMachine], examples: int, steps: int, **facts: Any) -> None:
    """Let so many histories of so many steps happen; `facts` are what the machine is given, as its class."""
    given = type(f"Some{machine.__name__}", (machine,), facts)
    run_state_machine_as_test(
        given,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
