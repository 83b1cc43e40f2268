"""The door of machines: `/api/v1`, JSON out, problems as `application/problem+json`."""

from hub.api import (
    authorization,
    bearer,
    changes,
    measures,
    oauth,
    openapi,
    public_rate,
    push,
    push_calls,
    push_coverage,
    push_runs,
    push_snapshots,
    validate,
)
from hub.api.read import bp

__all__ = [
    "authorization",
    "bearer",
    "bp",
    "changes",
    "measures",
    "oauth",
    "openapi",
    "public_rate",
    "push",
    "push_calls",
    "push_coverage",
    "push_runs",
    "push_snapshots",
    "validate",
]
