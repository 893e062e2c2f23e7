"""A province looks at its cities: many links, counted at once, nothing ordered."""
