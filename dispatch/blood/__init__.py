"""What a blood centre works with beside sourcing: cover, labels, moves before outdate, custody, forms.

Pure functions over the picture; which rules apply comes from config/blood.
"""
