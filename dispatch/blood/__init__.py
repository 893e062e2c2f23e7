"""A blood centre's own work beside sourcing: cover, labels, moves before outdate, custody, exchange.

Pure functions over the picture; which rules apply comes from config/blood.
"""
