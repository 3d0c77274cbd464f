"""What revocation rules leave to do afterwards; they refuse without it."""

from celery import shared_task

from authorizations.services import revocation_rules, rule_impact
from authorizations.tasks import clock


@shared_task
def tell_of_rules() -> int:
    """Tells the people whom a new rule stopped."""
    return rule_impact.tell_of_rules(now=clock.now())


@shared_task
def close_rules() -> int:
    """Closes rules that nothing is left for."""
    return revocation_rules.close_over(now=clock.now())
