"""Where vehicles drove: thinned, kept for a while in a file of its own, never in the audit log."""
