"""Contoso's reports API: a resource server that asks the portal about every token it is shown."""
