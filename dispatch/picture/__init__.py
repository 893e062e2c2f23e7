"""The live picture of all cities, in memory."""
