"""Seeded synthetic cities for drills and studies: everything they send is marked as a drill."""
