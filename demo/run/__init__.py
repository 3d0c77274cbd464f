"""`python -m demo.run`: every process of the demo under one command."""
