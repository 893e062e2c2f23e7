"""Driving time on a road graph: pure functions over arrays; files and map formats are read elsewhere."""
