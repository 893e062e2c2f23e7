"""The city centre: the single writer of one city's orders, and both ends that talk to it."""
