"""Widgets that show values and know nothing of the app."""
