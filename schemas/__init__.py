"""The shared schema: JSON Schema files, code lists, one validator. It imports nothing of the floors above."""

from schemas.canonical import canonical, content_hash, hub_id
from schemas.cells import cell_state, number
from schemas.defaults import complete
from schemas.diagnosis import lacking
from schemas.labels import codelist, codes, definition, entry, label, lists
from schemas.problems import Problem, pointer_of, problem, rules
from schemas.registry import KINDS, VERSION, documents, schema
from schemas.validation import check, check_record

__all__ = [
    "KINDS",
    "VERSION",
    "Problem",
    "canonical",
    "cell_state",
    "check",
    "check_record",
    "codelist",
    "codes",
    "complete",
    "content_hash",
    "definition",
    "documents",
    "entry",
    "hub_id",
    "label",
    "lacking",
    "lists",
    "number",
    "pointer_of",
    "problem",
    "rules",
    "schema",
]
