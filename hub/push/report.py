"""What is answered to a sending: counts, and for each record what became of it (`push-api.md` §5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.harvest.guards import Verdict
from hub.push.absent import Absent
from schemas import Problem

LISTED = 1_000
"""How many records a report lists: all of a batch of that size, else those that did not enter."""
COUNTS = ("received", "created", "updated", "unchanged", "repeated", "deleted", "skipped", "held", "left", "problems")
ALWAYS = ("received", "created", "updated", "unchanged", "problems")
"""What a report counts: the first when there is some, the second whatever there is."""
Result = dict[str, Any]


@dataclass
class Report:
    """A sending once it is read. `run`: the run it became, None for a dry run; `held`: the one that waits, if any.

    `absent` and `verdicts`: of a file that says everything, what it does not hold, and why it would wait.
    """

    siren: str
    dry_run: bool = False
    run: str | None = None
    run_id: int = 0
    held: str | None = None
    state: str = "complete"
    counts: Counter[str] = field(default_factory=Counter)
    results: list[Result] = field(default_factory=list)
    absent: Absent | None = None
    verdicts: Sequence[Verdict] = ()

    @property
    def status(self) -> int:
        """Return the HTTP status that says the same: 422 when nothing could be accepted, 202 when a person decides."""
        return 422 if self.state == "failed" else 202 if self.held else 200

    def body(self) -> dict[str, Any]:
        """Return the report as it is answered."""
        told = {name: self.counts[name] for name in COUNTS if self.counts[name] or name in ALWAYS}
        found: dict[str, Any] = {"run": self.run, "state": self.state, "dry_run": self.dry_run, "siren": self.siren}
        found |= {"counts": told, "results": self.results[:LISTED], "complete": len(self.results) <= LISTED}
        if self.held:
            found["held"] = {"run": self.held, "decision": f"/moissons/{self.held}"}
        if self.run:
            found |= {"receipt": f"/api/v1/push/runs/{self.run}", "issues": f"/api/v1/push/runs/{self.run}/issues"}
        return found


def error_of(problem: Problem, pointer: str) -> dict[str, Any]:
    """Return a problem as it is answered, its pointer leading into what was sent."""
    words = {
        name: getattr(problem, name) for name in ("rule", "value", "expected", "message", "how", "doc", "severity")
    }
    return {"pointer": pointer, **words}


def resolved(value: Any, pointer: str) -> str:
    """Return the longest part of a JSON pointer that leads somewhere: what is missing has no place."""
    kept = ""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, Sequence) and not isinstance(value, str) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            break
        kept += f"/{step}"
    return kept
