"""The audit of dependencies (C39): known weaknesses of what is installed, where an index of advisories answers.

It fails on a weakness found, never on an index that cannot be reached: it says so. Asked to https://api.osv.dev (OSV),
one request for all the packages of the environment.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from importlib.metadata import distributions
from typing import Any

INDEX = "https://api.osv.dev/v1/querybatch"
TIMEOUT = 15


def installed() -> list[dict[str, Any]]:
    """Every package of this environment with its version, as OSV asks for them."""
    found = {each.metadata["Name"].lower(): each.version for each in distributions()}
    return [{"package": {"name": name, "ecosystem": "PyPI"}, "version": found[name]} for name in sorted(found)]


def weaknesses(queries: list[dict[str, Any]], answer: Any) -> list[str]:
    """One line for each package of which the index knows a weakness."""
    pairs = zip(queries, answer["results"], strict=True)
    return [
        f"{query['package']['name']} {query['version']} : {', '.join(each['id'] for each in result['vulns'])}"
        for query, result in pairs
        if result.get("vulns")
    ]


def audit(index: str = INDEX) -> tuple[int, str]:
    """The exit code and what to say: 1 for a weakness, 0 for none, 0 too where no index answers."""
    queries = installed()
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(index, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            found = weaknesses(queries, json.load(answer))
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = type(error).__name__
        return 0, f"Dépendances : aucun index d'avis de sécurité ne répond ici ({why}), rien n'est vérifié."
    if found:
        return 1, "Dépendances : des faiblesses sont connues.\n" + "\n".join(found)
    return 0, f"Dépendances : aucune faiblesse connue parmi {len(queries)} paquets."


if __name__ == "__main__":
    code, sentence = audit()
    print(sentence)
    sys.exit(code)
