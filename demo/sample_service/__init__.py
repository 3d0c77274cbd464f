"""Contoso Reports: a third party's web app that asks the portal for access, the standard way and the legacy way."""
