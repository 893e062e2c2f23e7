"""Questions and forms that stand in the middle of a screen."""
