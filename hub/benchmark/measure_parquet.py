"""Measures as Parquet, for those who installed what writes it: `pip install 'metropoles-participatives-hub[parquet]'`.

Read only when asked for: pyarrow weighs more than the hub, and nothing else needs it.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import orjson

from hub.benchmark.measure_metadata import COUNT, FIGURE, LIST, TOLD
from hub.errors import HubError

MEDIA_TYPE = "application/vnd.apache.parquet"
MISSING = (
    "Ce hub n'écrit pas de Parquet : le paquet pyarrow n'y est pas installé. "
    "Les mêmes lignes sont en CSV, en JSON et en XLSX à la même adresse."
)


class NoParquet(HubError):
    """What writes Parquet is not installed here."""

    status = 406


def writes_parquet() -> bool:
    """Tell whether what writes Parquet is installed here."""
    return find_spec("pyarrow") is not None


def measure_parquet(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], metadata: Mapping[str, Any]) -> bytes:
    """Return rows as Parquet, typed, their csvw metadata in the file's own. Raises NoParquet without pyarrow."""
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise NoParquet(MISSING) from None
    forms = {COUNT: arrow.int64(), FIGURE: arrow.float64(), LIST: arrow.list_(arrow.string())}
    fields = [(name, forms.get(TOLD[name].form if name in TOLD else "", arrow.string())) for name in columns]
    schema = arrow.schema(fields, metadata={"csvw": orjson.dumps(metadata)})
    lines = [{name: row.get(name) for name in columns} for row in rows]
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(lines, schema=schema), out)
    return out.getvalue()
