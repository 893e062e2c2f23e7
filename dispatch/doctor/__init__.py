"""`czt doctor`: what stands between this machine and a working console, each finding with its cure."""
