"""The comparison of measures: one state in the address, absent ones named, places only where intervals allow them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.models import Metropole
from hub.pages.measure_words import REASONS
from tests.comparing import CONTROLLED, PLACES, UNKNOWN, five, share, siren
from tests.conftest import ready
from tests.make import measure
from tests.pages import between, content, html_of, items, links, plain, printed, sheet, spaced, table, words
from tests.people import entered

ONE = "/comparer?i=reponse_part"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The register and measures of all sorts, shared by the tests that only read."""
    for application in ready(tmp_path_factory.mktemp("compared") / "instance", ""):
        load_metropoles()
        five()
        share("metz", 20, 20, grade="C", checks=UNKNOWN)
        share("brest", 20, 20, qualifier="au_moins", state="estime", grade="B", checks=CONTROLLED)
        share("grand-paris", 10, 20)
        share("plaine-commune", 20, 20)
        measure("reponse_part", siren("dijon"), "2025", None, state="sans_objet")
        measure("reponse_part", siren("bordeaux"), "2025", None, state="non_communique")
        measure("demarches", siren("nantes"), "2025", 22, low=13.7825, high=33.3098, as_of="2025-11-30")
        measure("demarches", siren("rennes"), "2025", 0, low=0, high=3.6889)
        measure("participants", siren("nantes"), "2025", 4000)
        measure("reponse_delai", siren("nantes"), "2025", 257, numerator=6, denominator=10)
        measure("reponse_delai", siren("rennes"), "2025", 700, numerator=2, denominator=10, qualifier="plus_de")
        measure("codev_actif", siren("nantes"), "2025", 1)
        measure("codev_actif", siren("rennes"), "2025", 0)
        series()
        yield application


def series() -> None:
    """Values of several years: a gap, a change of definition, a change that is clear."""
    for year, k, n in (("2021", 12, 40), ("2023", 12, 40), ("2024", 26, 44), ("2025", 26, 44)):
        share("nantes", k, n, year, "reponse_6_mois")
    for year, version in (("2021", 1), ("2023", 2), ("2025", 2)):
        share("rennes", 5, 10, year, "reponse_6_mois", version=version)


@pytest.fixture
def visitor(measured: Flask) -> FlaskClient:
    return measured.test_client()


def lane(client: FlaskClient, address: str, name: str) -> str:
    """The words of one of the lanes under a chart."""
    return plain(between(html_of(client, address), f'<div class="absent-lane"><p>{name}', "</div>"))


def drawing(client: FlaskClient, address: str) -> str:
    """The first drawing of a page."""
    return spaced(between(html_of(client, address), '<svg class="plot"', "</svg>"))


def test_without_a_choice_the_page_is_a_form_and_comparisons_ready_made(visitor: FlaskClient) -> None:
    html = content(visitor, "/comparer")
    ready_made = [link for link in links(html) if link.startswith("/comparer?i=")]
    assert len(ready_made) == 3
    assert all(visitor.get(link).status_code == 200 for link in ready_made)
    assert 'name="i" value="reponse_part"' in html
    assert "Avant de comparer" in html
    assert items(visitor, "/comparer.json") == []


def test_an_empty_hub_has_nothing_to_compare_and_gives_a_way_out(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    assert "Aucune métropole déclarée." in words(client, "/comparer")
    assert "/sources" in links(content(client, "/comparer"))
    for view in ("points", "tableau", "matrice", "evolution"):
        assert "Aucune métropole déclarée." in words(client, f"{ONE}&v={view}")
        assert items(client, f"{ONE.replace('?', '.json?')}&v={view}") == []


def test_without_any_measure_every_metropole_is_absent_and_no_axis_is_drawn(sqlite_app: Flask) -> None:
    load_metropoles()
    client = sqlite_app.test_client()
    text = words(client, "/comparer?i=demarches")
    assert "aucune métropole sur 22" in text
    assert "Aucune valeur connue" in text
    assert 'class="plot"' not in html_of(client, "/comparer?i=demarches")


def test_b3_absent_cells_are_named_with_their_reason_and_never_drawn(visitor: FlaskClient) -> None:
    said = lane(visitor, ONE, "Sans valeur")
    assert "Strasbourg n.d. — pas de donnée transmise" in said
    assert "Dijon /// — cela ne peut pas exister ici" in said
    assert "Bordeaux n.c. — la métropole a choisi de ne pas répondre" in said
    assert "Strasbourg" not in drawing(visitor, ONE)


def test_b2_a_zero_is_drawn_and_an_absence_is_not(visitor: FlaskClient) -> None:
    html = drawing(visitor, "/comparer?i=demarches")
    assert re.findall(r'class="dot" cx="([\d.]+%)"', html) == ["55.00%", "0.00%"]


def test_b10_grade_c_is_read_apart_and_an_unsure_value_is_a_hollow_dot(visitor: FlaskClient) -> None:
    assert "Metz 100 % C — couverture non déclarée" in lane(visitor, ONE, "À lire avec prudence")
    html = drawing(visitor, ONE)
    assert "Metz" not in html
    assert html.count('class="hollow"') == 2, "Brest, « au moins », and Plaine Commune, which lies in Grand Paris"


def test_b17_places_and_bands_are_said_in_words_with_mine_in_the_description(visitor: FlaskClient) -> None:
    rows = table(visitor, f"{ONE}&m=nantes")
    column = "Place, écart à la médiane"
    # Grand Paris (10 of 20) makes six: the median stays at one half
    assert rows["Nantes"][column] == "entre la 1re et la 3e place sur 6 : l'écart avec 2 autres n'est pas net" + (
        " ; écart net, au-dessus"
    )
    assert rows["Tours"][column].endswith("écart net, au-dessous")
    assert rows["Lille"][column].endswith("écart à confirmer")
    assert column in rows["Brest"]
    assert rows["Brest"][column] == rows["Metz"][column] == rows["Plaine Commune (dans Grand Paris)"][column] == ""
    text = words(visitor, f"{ONE}&m=nantes")
    assert "Nantes, 18 sur 20" not in text
    assert "Nantes, 90 % : écart net, au-dessus de la médiane du réseau (50 %)" in text
    assert "Nantes : 90 %, entre la 1re et la 3e place sur 6" in text


def test_a_comparison_is_printed_with_the_same_choices(visitor: FlaskClient) -> None:
    page = html_of(visitor, "/comparer?i=reponse_part&p=2025&g=toutes")
    (address,) = re.findall(r'href="(/comparer\.pdf[^"]+)"', page)
    said = spaced(printed(visitor.get(address.replace("&amp;", "&")).data))
    for text in (REASONS["sans_objet"], REASONS["non_communique"], "À lire avec prudence", "Tout le réseau"):
        assert spaced(text) in said
    for text in ("Un compte n'est pas une personne", "Ici, au plus tard le", "Signes — e : estimé"):
        assert spaced(text) in said
    people = spaced(printed(visitor.get("/comparer.pdf?i=demarches&p=2025&n=hab&g=toutes").data))
    assert "Population municipale" in people
    alone = spaced(printed(visitor.get("/indicateurs/demarches.pdf?p=2025&n=hab").data))
    assert "Population municipale" in alone
    assert "Aucune mesure n'est choisie" in spaced(printed(visitor.get("/comparer.pdf").data))
    assert visitor.get("/comparer.pdf?i=inconnu").status_code == 400


def test_only_a_clear_gap_stands_in_a_sentence(visitor: FlaskClient) -> None:
    assert "écart à confirmer" not in words(visitor, f"{ONE}&m=lille").split("Les données en tableau")[0]
    title = plain(between(html_of(visitor, ONE), '<span class="chart-title">', "</span>"))
    assert title == "Écart net avec la médiane du réseau (50 %) : au-dessus, Nantes ; au-dessous, Tours"
    assert "écart net" not in words(visitor, "/comparer?i=reponse_part&m=rennes&m=lyon&v=tableau").lower().replace(
        "aucun écart net", ""
    )


def test_fewer_than_five_show_values_only_with_the_reason(visitor: FlaskClient) -> None:
    address = f"{ONE}&m=nantes&m=rennes&m=lyon"
    assert "Moins de 5 métropoles comparables : des valeurs seules, sans place." in words(visitor, address)
    assert " place sur " not in words(visitor, address)
    assert all("best_place" not in row for row in items(visitor, address.replace("?", ".json?")))


def test_b16_what_is_grouped_has_no_interval_no_place_and_says_so(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?i=reponse_delai&tri=valeur")
    assert "Pas d'intervalle : événements groupés." in text
    assert "Intervalle à 95 %" not in text
    assert "plus de 700 jours" in text


def test_what_has_no_better_side_is_never_placed(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?i=demarches&tri=valeur")
    assert "Une hausse n'y est ni bonne ni mauvaise : aucune place n'est donnée." in text
    assert not re.search(r"\d+(re|e) place", text)


def test_b18_the_order_is_alphabetical_and_by_value_shows_the_intervals(visitor: FlaskClient) -> None:
    names = re.findall(r'text-anchor="start">([^<]+)</text>', drawing(visitor, ONE))
    shown = [name for name in names if name[0].isupper()]
    assert shown == sorted(shown)
    by_value = drawing(visitor, f"{ONE}&tri=valeur")
    assert by_value.index(">Nantes<") < by_value.index(">Lyon<") < by_value.index(">Tours<")
    assert table(visitor, f"{ONE}&tri=valeur")["Nantes"]["Intervalle à 95 %"] == "69,9 à 97,2 %"


def test_b4_the_total_of_the_network_divides_sums_and_counts_no_nested_territory(visitor: FlaskClient) -> None:
    counts = [*PLACES.values(), (20, 20), (20, 20), (10, 20)]
    k, n = (sum(pair[i] for pair in counts) for i in (0, 1))
    assert f"soit {k} sur {n} (8 métropoles sur 21)" in words(visitor, ONE)
    assert "au moins 22 démarches (2 métropoles sur 22)" in words(visitor, "/comparer?i=demarches")
    assert "une durée ne s'additionne pas" in words(visitor, "/comparer?i=reponse_delai")


def test_b7_every_chart_says_who_produced_it_how_many_and_of_which_day(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?i=demarches")
    assert "Source : Nantes Métropole et Rennes Métropole · 2 métropoles sur 22 · date des données : " in text
    rate = words(visitor, "/comparer?i=demarches&n=hab")
    assert "Population municipale 2023" in rate
    assert "3,2" in table(visitor, "/comparer?i=demarches&n=hab")["Nantes"]["Valeur"]
    assert table(visitor, "/comparer?i=demarches&n=hab")["Nantes"]["Intervalle à 95 %"] == "2,0 à 4,9"


def test_b13_the_form_of_adults_is_disabled_with_its_reason_and_refused(visitor: FlaskClient) -> None:
    html = content(visitor, "/comparer?i=comptes")
    control = plain(between(html, '<input type="radio" name="n" value="16plus"', "</label>"))
    assert "disabled" in between(html, '<input type="radio" name="n" value="16plus"', ">")
    assert "(une personne peut compter plusieurs fois)" in control
    assert "n : « 16plus » ne va pas avec ces mesures" in words(visitor, "/comparer?i=comptes&n=16plus", 400)


def test_b14_without_a_population_of_adults_only_that_form_is_absent(visitor: FlaskClient) -> None:
    assert "n.d. — pas de donnée transmise" in table(visitor, "/comparer?i=participants&n=16plus")["Nantes"]["Valeur"]
    assert table(visitor, "/comparer?i=participants")["Nantes"]["Valeur"] == "4 000 (p)"


def compared(client: FlaskClient, query: str) -> list[str]:
    """The slugs that a comparison holds, in its order."""
    return [row["metropole"] for row in items(client, f"/comparer.json?i=demarches&{query}")]


def test_b21_the_group_stands_in_the_address(visitor: FlaskClient) -> None:
    assert compared(visitor, "m=rennes&m=nantes") == ["nantes", "rennes"]
    assert compared(visitor, "m=rennes&g=region") == ["brest", "rennes"]
    assert compared(visitor, "m=nantes&g=plateforme") == ["nantes"]
    near = ["strasbourg", "rennes", "tours", "clermont-auvergne", "montpellier"]
    assert compared(visitor, "m=nantes&g=proches&tri=proche") == ["nantes", *near]
    assert len(compared(visitor, "m=nantes")) == len(compared(visitor, "m=nantes&m=rennes&g=toutes")) == 23
    assert compared(visitor, "m=nantes&tri=proche")[:3] == ["nantes", "strasbourg", "rennes"]


def test_b20_grand_paris_has_nobody_near_and_is_offered_the_whole_network(visitor: FlaskClient) -> None:
    address = "/comparer?i=demarches&m=grand-paris&g=proches"
    assert "Aucune métropole proche au seuil retenu. Comparer avec tout le réseau" in words(visitor, address)
    assert "/comparer?m=grand-paris&i=demarches&p=2025" in links(content(visitor, address))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("m=atlantide", "m : valeur inconnue, « atlantide ». Acceptées : aix-marseille-provence"),
        ("i=bonheur", "i : valeur inconnue, « bonheur ». Acceptées : demarches"),
        ("g=amis", "g : valeur inconnue, « amis ». Acceptées : proches, plateforme, region, toutes, groupe."),
        (
            "v=camembert",
            "v : valeur inconnue, « camembert ». Acceptées : points, tableau, matrice, evolution",
        ),
        ("n=km2", "Acceptées : brut, hab, 16plus."),
        ("tri=rang", "Acceptées : nom, proche, valeur."),
        ("echelle=log", "Acceptées : commune, libre."),
        ("p=999999999999", "p : valeur inconnue, « 999999999999 ». Acceptées : 2025, 2024"),
        ("p=-1", "p : valeur inconnue"),
        ("v=points&v=tableau", "v : une seule valeur est attendue."),
        ("g=groupe", "g : « groupe » demande de choisir des métropoles (m)."),
        ("g=proches", "g : « proches » demande une métropole de référence (m)."),
        ("tri=proche", "tri : « proche » demande une métropole de référence (m)."),
        ("i=reponse_part&n=hab", "aucune mesure choisie n'est un nombre"),
        ("page=2", "Paramètre inconnu : « page »"),
        ("&".join(["m=nantes"] * 10_000), "L'adresse porte 10000 choix : 100 sont acceptés au plus."),
        ("v=enonces&" + "&".join(["m=nantes"] * 10_000), "L'adresse porte 10001 choix"),
        (
            "i=demarches&i=comptes&i=votes&p=2021&p=2023&p=2024&p=2025",
            "Cette comparaison demande 276 valeurs : 200 au plus dans cette vue.",
        ),
    ],
)
def test_an_impossible_choice_is_refused_with_what_is_accepted(visitor: FlaskClient, query: str, sentence: str) -> None:
    assert sentence in words(visitor, f"/comparer?{query}", 400)


def shown(client: FlaskClient, query: str) -> list[tuple[str, str]]:
    """What the tables of a page say: (metropole, the text of its first value), in their order."""
    html = content(client, f"/comparer?{query}")
    rows = re.findall(r'<tr role="row"[^>]*>(<th scope="row".*?)</tr>', html, re.S)
    return [
        (plain(re.findall("<th.*?</th>", row, re.S)[0]), plain(re.findall("<td.*?</td>", row, re.S)[place(query)]))
        for row in rows
    ]


def place(query: str) -> int:
    """The column of the value: the view « tableau » gives the year first."""
    return 1 if "tableau" in query else 0


@pytest.mark.parametrize("order", ["nom", "valeur"])
@pytest.mark.parametrize("view", ["points", "tableau", "matrice", "evolution"])
def test_b35_page_json_and_csv_hold_the_same_cells(visitor: FlaskClient, view: str, order: str) -> None:
    query = f"i=reponse_part&p=2025&v={view}&tri={order}"
    as_json, as_csv = items(visitor, f"/comparer.json?{query}"), sheet(visitor, f"/comparer.csv?{query}")
    assert [(row["siren"], row["state"], row["grade"]) for row in as_json] == [
        (row["siren"], row["state"], row["grade"]) for row in as_csv
    ]
    assert [row["value"] for row in as_json] == [float(row["value"]) if row["value"] else None for row in as_csv]
    names = {one.slug: one.short_name for one in db.session.query(Metropole)}
    cells = shown(visitor, query)
    assert [name.split(" (dans")[0] for name, _ in cells] == [names[row["metropole"]] for row in as_json]
    assert len(cells) == 23
    for row, (_, text) in zip(as_json, cells, strict=True):
        known = re.search(r"(\d+) %", text)
        assert (row["value"] is None) == (known is None)
        assert known is None or abs(float(known[1]) / 100 - row["value"]) < 0.006


def test_the_files_give_places_and_bands_as_the_page_does(visitor: FlaskClient) -> None:
    rows = {row["metropole"]: row for row in items(visitor, "/comparer.json?i=reponse_part&p=2025")}
    assert [rows["nantes"][name] for name in ("best_place", "worst_place", "places")] == [1, 3, 6]
    assert (rows["nantes"]["band"], rows["tours"]["band"]) == ("net_au_dessus", "net_au_dessous")
    assert not {"best_place", "band"} & rows["metz"].keys()


def test_b24_what_is_hidden_from_a_reader_is_in_no_form_and_no_total(sqlite_app: Flask) -> None:
    load_metropoles()
    measure("participants", siren("nantes"), "2025", 4321)
    measure("participants", siren("rennes"), "2025", None, state="masque")
    measure("participants", siren("rennes"), "2025", 777, audience="pairs")
    for way in ("/comparer?i=participants", "/comparer.json?i=participants", "/comparer.csv?i=participants"):
        assert "777" not in sqlite_app.test_client().get(way).text
    text = words(sqlite_app.test_client(), "/comparer?i=participants")
    assert "au moins 4 321 personnes (1 métropole sur 22)" in text
    assert "Rennes s — la valeur existe et n'est pas montrée" in text
    member = entered(sqlite_app, "agent", siren("rennes"))
    assert "au moins 5 098 personnes (2 métropoles sur 22)" in words(member, "/comparer?i=participants")


def test_my_metropole_is_that_of_who_has_entered(sqlite_app: Flask) -> None:
    load_metropoles()
    five()
    member = entered(sqlite_app, "agent", siren("rennes"))
    assert 'font-weight="700">Rennes' in html_of(member, ONE)
    assert 'font-weight="700">Nantes' in html_of(sqlite_app.test_client(), f"{ONE}&m=nantes")
    assert [row["metropole"] for row in items(member, "/comparer.json?i=demarches&g=region")] == ["brest", "rennes"]
    near = [link for link in links(content(member, "/comparer")) if "g=proches" in link]
    assert "m=rennes" in near[0]


def test_the_number_of_queries_does_not_grow_with_what_is_compared(visitor: FlaskClient, measured: Flask) -> None:
    four = "/comparer?i=reponse_part&i=demarches&i=reponse_delai&i=codev_actif&m=nantes"
    assert len(queries(visitor, four)) == len(queries(visitor, ONE)) <= 5


def queries(client: FlaskClient, address: str) -> list[str]:
    """The statements that a page sends to the database, when it was not kept."""
    sent: list[str] = []
    client.application.extensions.pop("hub-pages", None)

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return [statement for statement in sent if statement.startswith("SELECT")]


def test_a_table_gives_counts_state_grade_and_the_address_of_each_cell(visitor: FlaskClient) -> None:
    address = f"{ONE}&v=tableau"
    row = table(visitor, address)["Nantes"]
    assert (row["Valeur"], row["Numérateur"], row["Dénominateur"]) == ("90 %", "18", "20")
    assert (row["État"], row["Année"]) == ("Définitif", "2025")
    assert "B — contrôlée, pas encore validée" in table(visitor, address)["Brest"]["Comparabilité"]
    assert "/indicateurs/reponse_part/nantes/2025" in links(content(visitor, address))


def test_a_matrix_says_every_cell_in_words(visitor: FlaskClient) -> None:
    rows = table(visitor, "/comparer?i=reponse_part&i=codev_actif&v=matrice&p=2025")
    assert rows["Nantes"]["Conseil de développement actif, oui ou non"] == "oui (p) A — comparable"
    assert rows["Rennes"]["Conseil de développement actif, oui ou non"].startswith("non (p)")
    assert rows["Dijon"]["Avis ayant reçu une réponse, %"] == "/// — cela ne peut pas exister ici"


def test_an_evolution_leaves_gaps_open_marks_definitions_and_tells_clear_changes(visitor: FlaskClient) -> None:
    address = "/comparer?i=reponse_6_mois&v=evolution&m=nantes&m=rennes"
    text, html = words(visitor, address), html_of(visitor, address)
    assert "2021 : 30 % ; 2025 : 59 % — s'améliore (écart entre +7,8 points et +46,9 points)" in text
    assert "2023 : 50 % ; 2025 : 50 % — sans changement net" in text
    assert "s'améliore pour 1 et sans changement net pour 1" in text
    assert html.count("changement de définition</text>") == 1
    nantes = between(html, 'aria-label="Nantes', "</svg>")
    assert (nantes.count('class="dot"'), nantes.count('class="step"')) == (4, 3)
    rennes = between(html, 'aria-label="Rennes', "</svg>")
    assert (rennes.count('class="dot"'), rennes.count('class="step"')) == (3, 0)
    assert "même échelle pour toutes" in text
    assert "échelle propre à chacune" in words(visitor, f"{address}&echelle=libre")


def test_a_yes_or_no_has_no_axis(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?i=codev_actif")
    assert "1 « oui », 1 « non »" in text
    assert 'class="plot"' not in html_of(visitor, "/comparer?i=codev_actif")


@pytest.mark.parametrize("view", ["points", "tableau", "matrice", "evolution"])
def test_b36_each_view_has_its_figure_its_table_and_no_inline_style_or_script(visitor: FlaskClient, view: str) -> None:
    html = html_of(visitor, f"/comparer?i=reponse_part&i=demarches&v={view}&m=nantes")
    assert not re.search(r"<script|<style|\sstyle=", html)
    assert html.count("<caption") >= 1
    assert html.count('scope="row"') >= 23
    assert "« Non renseigné » n'est pas zéro" in plain(html)
    assert len(html.encode()) < 200_000


def test_a_name_that_is_markup_is_shown_as_text(sqlite_app: Flask) -> None:
    load_metropoles()
    hostile = '"><script>alert(1)</script>'
    with writing() as connection:
        connection.execute(update(Metropole).where(Metropole.slug == "nantes").values(short_name=hostile))
    share("nantes", 18, 20)
    share("rennes", 18, 20)
    share("nantes", 18, 20, "2024")
    for view in ("points", "tableau", "matrice", "evolution"):
        html = html_of(sqlite_app.test_client(), f"{ONE}&v={view}&m=nantes")
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_the_same_comparison_is_read_on_both_databases(app: Flask) -> None:
    load_metropoles()
    five()
    rows = items(app.test_client(), "/comparer.json?i=reponse_part&m=nantes&g=proches&tri=proche")
    assert [(row["metropole"], row["value"]) for row in rows][:3] == [
        *(("nantes", 0.9), ("strasbourg", None), ("rennes", 0.7)),
    ]
