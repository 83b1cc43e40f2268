"""How to read each kind of platform. A connector knows no database and no web framework."""

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

BUILT_IN = {
    module.NAME: module
    for module in (
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
}  # fmt: skip
"""The connectors that come with the hub, by name."""
