"""Each connector before each simulated platform that shows a way of reading it: one more is one more line here."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from connectors import (
    cap_collectif,
    consul,
    datagouv,
    decidim,
    feeds,
    go_vocal,
    hub,
    json_mapping,
    opendatasoft,
    tabular,
)
from connectors.testing.platform import Simulated
from tests.conformance.cap_collectif import CapCollectifTrial
from tests.conformance.consul import ConsulTrial
from tests.conformance.datagouv import CatalogueTrial, TableTrial
from tests.conformance.decidim import DecidimTrial
from tests.conformance.feeds import FeedTrial
from tests.conformance.go_vocal import KeyTrial, WebTrial
from tests.conformance.hub import HubTrial
from tests.conformance.json_mapping import NextTrial, SinceTrial
from tests.conformance.opendatasoft import PortalTrial
from tests.conformance.tabular import ExportTrial

TRIALS: dict[str, tuple[ModuleType, Callable[[], Simulated]]] = {
    "cap_collectif": (cap_collectif, CapCollectifTrial),
    "consul": (consul, ConsulTrial),
    "datagouv-catalogue": (datagouv, CatalogueTrial),
    "datagouv-table": (datagouv, TableTrial),
    "decidim": (decidim, DecidimTrial),
    "feeds": (feeds, FeedTrial),
    "go_vocal-cle": (go_vocal, KeyTrial),
    "go_vocal-pages": (go_vocal, WebTrial),
    "hub": (hub, HubTrial),
    "json_mapping-depuis": (json_mapping, SinceTrial),
    "json_mapping-suite": (json_mapping, NextTrial),
    "opendatasoft": (opendatasoft, PortalTrial),
    "tabular": (tabular, ExportTrial),
}
"""Each connector before each simulated platform that shows a way of reading it."""
