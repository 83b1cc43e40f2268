"""Which template a header follows, and which of its columns says what (`platforms/files.md` §2, §4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.base import SourceChanged
from connectors.tabular_read import Table, shown
from connectors.tabular_templates import COUNTS, TEMPLATES, names_of
from connectors.text import folded


@dataclass(frozen=True, slots=True)
class Match:
    """A template, and the header's own name of each of its columns. `counts`: column → metric."""

    name: str
    columns: Mapping[str, str]
    counts: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def exact(self) -> int:
        """Return how many columns bear the very name of the template."""
        return sum(folded(own) == folded(column) for column, own in self.columns.items())


def match(table: Table, asked: str, given: Collection[str]) -> Match | None:
    """Return the template that a table follows, None when it is none. Raises SourceChanged.

    `asked` is the template a person declared, `given` the columns that an option stands in for.
    """
    if asked and asked not in TEMPLATES:
        raise SourceChanged(f"Le modèle « {asked} » n'existe pas. Modèles : {', '.join(TEMPLATES)}.")
    stem = folded(table.name.rpartition("/")[2].rpartition(".")[0] or table.name)
    named = asked or (stem if stem in TEMPLATES else "")
    found = [_against(name, table.columns, given) for name in ([named] if named else TEMPLATES)]
    best = max(found, key=_merit)
    if best.missing and (named or len(best.columns) >= 3):
        missing = ", ".join(f"« {column} »" for column in best.missing)
        raise SourceChanged(f"Il manque à « {best.name}.csv » : {missing}. {header_of(table)}")
    if best.missing:
        return None
    if sum(_merit(each) == _merit(best) for each in found) > 1:
        names = " ou ".join(each.name for each in found if _merit(each) == _merit(best))
        raise SourceChanged(f"L'en-tête peut être celui de plusieurs modèles ({names}) : dites lequel.")
    return best


def header_of(table: Table) -> str:
    """Return the header as a message shows it: never a row, never the columns of persons."""
    found = shown(", ".join(table.columns))
    return f"En-tête lu : « {found} »." if found else "En-tête lu : rien."


def _merit(found: Match) -> tuple[bool, int, int]:
    return not found.missing, len(found.columns), found.exact


def _against(name: str, header: Sequence[str], given: Collection[str]) -> Match:
    """Set a header beside a template. The template's own names come first, then its aliases, in their order."""
    own = {folded(column): column for column in header}
    template, columns, taken = TEMPLATES[name], dict[str, str](), set[str]()
    for rank in range(8):
        for column in template.columns:
            names = names_of(column)
            if rank < len(names) and column not in columns and names[rank] in own and names[rank] not in taken:
                columns[column] = own[names[rank]]
                taken.add(names[rank])
    free = [folded(column) for column in header if folded(column) not in taken]
    counts = {own[each]: COUNTS[each] for each in free if name == "demarches" and each in COUNTS}
    unknown = tuple(own[each] for each in free if own[each] not in counts)
    missing = tuple(column for column in template.required if column not in columns and column not in given)
    return Match(name, columns, counts, unknown, missing)
