"""How instants look where nothing else is said: exact, and with the name of the clock."""
