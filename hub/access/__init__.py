"""Who may do what: the table of rights, people and their roles, the ways in, sessions, the audit log."""
