"""Driving times from outside: road maps, routing servers, and what past trips took."""
