"""Click in French: headings, help option and usage errors. The rest of Click is used as it is."""

from __future__ import annotations

from typing import Any

import click


class Command(click.Command):
    """A command whose help reads in French."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="Usage : ")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`, explained in French."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Affiche cette aide."
        return option


class Group(Command, click.Group):
    """A group whose help reads in French."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"subcommand_metavar": "COMMANDE [ARGUMENTS]…", **kwargs})

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        click.Command.format_options(self, ctx, formatter)
        rows = [
            (name, command.get_short_help_str(80))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name))
        ]
        with formatter.section("Commandes"):
            formatter.write_dl(rows)


def sentence(error: click.ClickException) -> str:
    """Return a usage error as a French sentence."""
    if isinstance(error, click.NoSuchOption):
        return f"Option inconnue : {error.option_name}."
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = error.param.metavar or error.param.opts[0]
        if isinstance(error, click.MissingParameter):
            return f"Il manque {name}."
        if isinstance(error.param.type, click.Choice):
            return f"{name} : valeurs permises : {', '.join(map(str, error.param.type.choices))}."
        whole = isinstance(error.param.type, click.types.IntParamType | click.IntRange)
        wrong = "un nombre entier permis est attendu" if whole else "ce fichier n'existe pas ou ne peut pas être lu"
        return f"{name} : {wrong}."
    if isinstance(error, click.UsageError):
        unknown = "No such command" in error.message
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            return "Dites une commande."
        return "Commande inconnue." if unknown else "Arguments en trop ou mal placés."
    return error.message
