"""What every comparison says in words before any number is read (B44); shown by the macro `cautions`."""

CAUTIONS = {
    "plateformes": "D'une plateforme à l'autre, un même mot ne compte pas la même chose : compte, contribution, "
    "soutien et vote n'ont pas partout la même définition.",
    "absence": "« Non renseigné » n'est pas zéro : une absence garde son motif et n'entre dans aucun calcul.",
    "comptes": "Un compte n'est pas une personne : une même personne peut avoir plusieurs comptes, contribuer "
    "plusieurs fois, ou participer sans compte.",
    "calendrier": "Le calendrier électoral déplace les volumes : une année d'élection municipale ne se lit pas comme "
    "une autre.",
    "date": "Chaque chiffre vaut à sa date d'observation : relevés à des dates différentes, deux chiffres ne disent "
    "pas la même chose.",
    "validation": "Un chiffre définitif a été validé par la métropole qu'il décrit ; un chiffre provisoire (p) est "
    "contrôlé par le hub, et pas encore validé par elle.",
}
