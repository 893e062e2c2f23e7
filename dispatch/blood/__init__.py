"""What a blood centre works with beside sourcing: cover, labels, moves before outdate, custody, exchange forms.

Pure functions over the picture; which rules apply comes from config/blood.
"""
