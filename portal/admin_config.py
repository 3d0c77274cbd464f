from django.contrib.admin.apps import SimpleAdminConfig


class GatehouseAdminConfig(SimpleAdminConfig):
    """Nothing is discovered: libraries' own admin pages would show and change what is ours to guard."""

    default_site = "portal.admin_site.GatehouseAdminSite"
