"""The peer's side, in its own environment: `python peer.py FOLDER append|merge URL` (dlt, one process, one load).

`append` loads into SQLite; `merge` into DuckDB by the Parquet loader, its folder kept from one load to the next.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from dlt.sources.rest_api import rest_api_source


def load(folder: Path, disposition: str, url: str) -> dict[str, object]:
    """Load every proposal once; return the CPU seconds it took, imports left out, and the rows of its table."""
    if disposition == "append":
        destination = dlt.destinations.sqlalchemy(f"sqlite:///{folder}/peer.sqlite")
    else:
        destination = dlt.destinations.duckdb(f"{folder}/peer.duckdb")
    began = time.process_time()
    pipeline = dlt.pipeline("mesure", destination=destination, dataset_name="main", pipelines_dir=str(folder / "state"))
    paginator = {
        "type": "page_number", "base_page": 1, "page_param": "page", "total_path": None, "stop_after_empty_page": True,
    }  # fmt: skip
    resource = {
        "name": "proposals",
        "primary_key": "id",
        "write_disposition": disposition,
        "endpoint": {"path": "proposals", "data_selector": "items", "paginator": paginator},
    }
    source = rest_api_source({"client": {"base_url": url}, "resources": [resource]})
    pipeline.run(source, **({"loader_file_format": "parquet"} if disposition == "merge" else {}))
    cpu = time.process_time() - began
    with pipeline.sql_client() as client:
        rows = client.execute_sql("SELECT count(*) FROM proposals")[0][0]
    return {"cpu": cpu, "rows": rows}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    print(json.dumps(load(place, sys.argv[2], sys.argv[3])))
