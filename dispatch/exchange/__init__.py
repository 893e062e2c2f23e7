"""Our records as documents of other standards, for neighbouring systems."""
