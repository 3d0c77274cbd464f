"""The evidence about an incident as one file, and the check that nothing in such a file was changed."""
