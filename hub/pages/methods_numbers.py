"""The worked examples of statistics: small made-up cases, worked out by the functions that the hub applies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.benchmark import survival
from hub.benchmark.delays import SIX_MONTHS
from hub.benchmark.intervals import Z95, Z998, Estimate, difference, poisson, wilson
from hub.benchmark.ranks import band, rank_intervals, spread
from hub.pages.format import days, listing, number, rate, share
from hub.pages.methods_worked import Case, Result
from hub.pages.ranks_words import BANDS, change, places

PER = 100_000
FIVE = {"A": (18, 20), "B": (14, 20), "C": (30, 60), "D": (9, 30), "E": (2, 25)}
NETWORK_MEDIAN = 0.5
QUICK, SILENT = (40, 60), (200, 250, 300, 400, 450, 500, 600, 700)
ANSWERED, RUNNING = (30, 60, 60, 120, 200, 365), (45, 90, 183, 400)


def intervals() -> Iterator[Case]:
    """Yield the same proportion of few and of many cases, and proportions of none and of all."""
    for k, n in ((3, 10), (30, 100), (300, 1000), (0, 12), (12, 12)):
        yield Case(share(k, n), _limits(Estimate(k / n, *wilson(k, n)), "%"))


def rates() -> Iterator[Case]:
    """Yield two numbers of démarches for a population."""
    for k, people in ((4, 500_000), (22, 683_981)):
        found = Estimate(*(PER * each / people for each in (k, *poisson(k))))
        given = f"{number(k, 'démarches')} pour {number(people, 'habitants')}"
        texts = [rate(each, "") for each in found]
        yield Case(given, _three(found, texts))


def changes() -> Iterator[Case]:
    """Yield two differences between dates: one that is clear, one that is not."""
    for first, second in (((12, 40), (26, 44)), ((12, 40), (16, 44))):
        before, after = (Estimate(k / n, *wilson(k, n)) for k, n in (first, second))
        found = difference(before, after)
        texts = [f"{number(100 * each)} points" for each in found]
        said = change(found, "plus")
        given = f"{share(*first)}, puis {share(*second)}"
        yield Case(given, (*_three(found, texts), Result("lecture", said, said)))


def ranks() -> Iterator[Case]:
    """Yield the places and the bands of five metropoles."""
    cells = {name: Estimate(k / n, *wilson(k, n)) for name, (k, n) in FIVE.items()}
    found = rank_intervals(cells, "plus")
    for name, (k, n) in FIVE.items():
        said = places(*found[name], len(found))
        code = band(*wilson(k, n, Z998), *wilson(k, n, Z95), NETWORK_MEDIAN)
        results = (
            *_limits(cells[name], "%"),
            Result("places", "-".join(map(str, found[name])), said),
            Result(f"écart à une médiane de {number(NETWORK_MEDIAN, '%')}", code, BANDS[code]),
        )
        yield Case(f"{name} : {share(k, n)}", results)


def quarters() -> Iterator[Case]:
    """Yield where nine values lie."""
    values = (2, 3, 5, 8, 13, 21, 34, 40, 50)
    found = spread(values)
    names = ("minimum", "premier quart", "médiane", "troisième quart", "maximum")
    results = (Result(name, each, number(each)) for name, each in zip(names, found, strict=True))
    yield Case(", ".join(map(number, values)), tuple(results))


def silence() -> Iterator[Case]:
    """Yield what two quick answers and eight silent avis make of each way of counting."""
    soon, total = sum(delay <= SIX_MONTHS for delay in QUICK), len(QUICK) + len(SILENT)
    yield Case("réponse à 6 mois", (Result("résultat", soon / total, share(soon, total)),))
    yield Case("délai médian", (_median(QUICK, SILENT),))


def delays() -> Iterator[Case]:
    """Yield the steps of a curve of which four cases still run."""
    for step in survival.curve(ANSWERED, RUNNING):
        results = (
            Result("avis encore suivis", step.at_risk, number(step.at_risk)),
            Result("réponses ce jour-là", step.events, number(step.events)),
            Result("part répondue", 1 - step.share_left, number(1 - step.share_left, "%")),
        )
        yield Case(days(step.days), results)


def middle() -> Iterator[Case]:
    """Yield the median of that curve."""
    waiting = f"{number(len(RUNNING), 'avis')} qui attendent depuis {listing(map(number, RUNNING))} jours"
    yield Case(f"{number(len(ANSWERED), 'réponses')}, et {waiting}", (_median(ANSWERED, RUNNING),))


def _median(answered: Sequence[int], running: Sequence[int]) -> Result:
    value, reached = survival.median(survival.curve(answered, running), max([*answered, *running]))
    return Result("résultat", value, days(value) if reached else f"plus de {days(value)}")


def _limits(found: Estimate, unit: str) -> tuple[Result, ...]:
    return _three(found, [number(each, unit) for each in found])


def _three(found: Estimate, texts: Sequence[str]) -> tuple[Result, ...]:
    names = ("valeur", "au moins", "au plus")
    return tuple(Result(*each) for each in zip(names, found, texts, strict=True))
