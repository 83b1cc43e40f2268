"""The command line: `hub`."""

from hub.cli.main import main

__all__ = ["main"]
