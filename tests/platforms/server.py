"""The loopback server that every simulated platform stands on."""

from connectors.testing.server import Loopback, Quiet

__all__ = ["Loopback", "Quiet"]
