"""Pure decisions: a picture and a request in, ranked options with reasons out."""
