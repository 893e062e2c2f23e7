"""What an emergency medical director reads after a shift: facts and figures from audit logs alone."""
