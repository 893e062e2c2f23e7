"""A recorded shift played again in the console: from its audit logs alone, and only to look at."""
