"""What every operations page of records has in common. The roles are in `accounts.operations`, below all apps."""

from accounts.operations import Operations, ReadOnlyInline, acting, may_act, may_configure, may_read


class ReadOnly(Operations):
    """Rows here change only through the services, which record who and why: no form adds, changes or deletes them."""


__all__ = ["Operations", "ReadOnly", "ReadOnlyInline", "acting", "may_act", "may_configure", "may_read"]
