"""What exists: frozen models, enums and state machines; no I/O, no clock reads."""
