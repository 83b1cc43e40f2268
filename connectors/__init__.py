"""How to read each kind of platform. A connector knows no database and no web framework."""
