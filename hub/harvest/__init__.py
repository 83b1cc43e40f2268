"""The one door in: records are checked, versioned and applied here, whoever sends them."""

from hub.harvest.correct import correct
from hub.harvest.ingest import ingest, upload
from hub.harvest.runs import Opening

__all__ = ["Opening", "correct", "ingest", "upload"]
