"""The pages: one blueprint a file, each with its `bp` and its `MENU`, in the order of the menu."""

from hub.pages import (
    account,
    audit,
    compare,
    contacts,
    decisions,
    deliberations,
    demarches,
    documents,
    engagements,
    entry,
    health,
    home,
    legal,
    metropoles,
    network,
    passkeys,
    people,
    provenance,
    provider,
    reference,
    retours,
    sources,
)

PAGES = [
    (module.bp, module.MENU)
    for module in (
        home,
        network,
        metropoles,
        compare,
        demarches,
        engagements,
        deliberations,
        documents,
        retours,
        sources,
        provenance,
        reference,
        health,
        legal,
        entry,
        passkeys,
        decisions,
        provider,
        account,
        contacts,
        people,
        audit,
    )
]
