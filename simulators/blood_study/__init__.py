"""Studies of perishable stock at several sites: no sharing, sharing when short, moves before outdate.

Figures are those of a simulation on assumptions that its scenario states: directions and sizes, never
forecasts of what a real bank will see.
"""
