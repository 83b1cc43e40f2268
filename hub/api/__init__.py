"""The door of machines: `/api/v1`, JSON out, problems as `application/problem+json`."""

from hub.api import bearer, changes
from hub.api.read import bp

__all__ = ["bearer", "bp", "changes"]
