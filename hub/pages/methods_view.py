"""The methods: what each answers, its sources, its examples. Their texts are `templates/methods/_<key>.html`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from flask import current_app

from hub.pages import methods_numbers as numbers
from hub.pages import methods_rules as rules
from hub.pages.methods_worked import Case

Examples = Mapping[str, Callable[[], Iterable[Case]]]
METHOD_COLUMNS = ("method", "title", "question", "sources")
EXAMPLE_COLUMNS = ("method", "example", "given", "result", "value", "text")


@dataclass(frozen=True)
class Method:
    """One method: its key in the address, its title, the question it answers, what it is taken from, its examples."""

    key: str
    title: str
    question: str
    sources: tuple[str, ...] = ()
    examples: Examples = field(default_factory=dict)


def _secrets() -> Iterable[Case]:
    return rules.secrets(current_app.config["SMALL_COUNT_PUBLIC"])


METHODS = (
    Method("lire", "Lire une comparaison", "Que faut-il avoir en tête avant de comparer ?"),
    Method(
        "etats",
        "Une valeur et son état",
        "Pourquoi un chiffre manque-t-il, et quand lit-on « 0 » ?",
        ("SDMX, liste de codes « Observation status » (CL_OBS_STATUS), version 2.2, 2021",),
        {"Ce que devient un compte": rules.states},
    ),
    Method(
        "comparabilite",
        "Comparabilité : A, B, C",
        "Ces deux chiffres mesurent-ils la même chose ?",
        examples={"Quatre chiffres et leurs contrôles": rules.grades},
    ),
    Method(
        "population",
        "Rapporter à la population",
        "Comment comparer une grande et une petite métropole ?",
        ("Insee, populations de référence (population municipale)",),
        {"Démarches pour 100 000 habitants": numbers.rates},
    ),
    Method(
        "intervalles",
        "Intervalles",
        "De combien le hasard seul peut-il faire bouger ce chiffre ?",
        (
            "E. B. Wilson, « Probable inference, the law of succession, and statistical inference », Journal of the "
            "American Statistical Association, 22, 1927",
            "F. Garwood, « Fiducial limits for the Poisson distribution », Biometrika, 28, 1936",
            "N. E. Breslow et N. E. Day, Statistical Methods in Cancer Research, volume II, 1987 (formule de Byar)",
        ),
        {"La même part, de plus en plus de cas": numbers.intervals},
    ),
    Method(
        "evolutions",
        "Évolutions",
        "Cela a-t-il vraiment changé d'une date à l'autre ?",
        (
            "R. G. Newcombe, « Interval estimation for the difference between independent proportions », Statistics in "
            "Medicine, 17, 1998",
            "G. Y. Zou et A. Donner, « Construction of confidence limits about effect measures: a general approach », "
            "Statistics in Medicine, 27, 2008",
        ),
        {"Deux dates, deux lectures": numbers.changes},
    ),
    Method(
        "rangs",
        "Places et écarts",
        "Peut-on dire qui est devant ?",
        (
            "H. Goldstein et D. J. Spiegelhalter, « League tables and their limitations », Journal of the Royal "
            "Statistical Society, série A, 159, 1996",
            "D. J. Spiegelhalter, « Funnel plots for comparing institutional performance », Statistics in Medicine, "
            "24, 2005",
            "R. J. Hyndman et Y. Fan, « Sample quantiles in statistical packages », The American Statistician, 50, "
            "1996 (définition 7)",
        ),
        {"Cinq métropoles inventées": numbers.ranks, "Où se tiennent neuf valeurs": numbers.quarters},
    ),
    Method(
        "delais",
        "Délais",
        "En combien de temps répond-on, quand certains avis attendent encore ?",
        (
            "E. L. Kaplan et P. Meier, « Nonparametric estimation from incomplete observations », Journal of the "
            "American Statistical Association, 53, 1958",
        ),
        {
            "Deux réponses rapides, huit silences": numbers.silence,
            "La courbe, jour après jour": numbers.delays,
            "Ce que la courbe donne": numbers.middle,
        },
    ),
    Method(
        "proches",
        "Métropoles proches",
        "À qui se comparer ?",
        ("J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2e édition, 1988 (ordres d'écart)",),
        {"Quatre territoires inventés": rules.likeness},
    ),
    Method(
        "petits-effectifs",
        "Petits effectifs",
        "Pourquoi un nombre de personnes est-il masqué ?",
        examples={"Une réunion de 50 personnes": _secrets},
    ),
)
KEYS = {method.key: method for method in METHODS}
