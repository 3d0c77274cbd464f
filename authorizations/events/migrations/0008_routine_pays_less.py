"""Routine events are left out of all indexes but two, and the app's own tokens are routine (docs/decisions/0099)."""

from django.db import migrations, models

from authorizations.events.beside_writers import AddIndexBesideWriters

ROUTINE = models.Q(name__in=('token.refreshed', 'authorization_code.issued', 'token.issued'))

NEW = [
    models.Index(fields=['app_id', '-at', '-id'], condition=ROUTINE, name='event_app_routine'),
    models.Index(fields=['person_id', '-id'], condition=ROUTINE & ~models.Q(person_id=''), name='event_person_routine'),
    models.Index(fields=['subject_id', '-at', '-id'], condition=~ROUTINE, name='event_subject_shown'),
    models.Index(fields=['name', '-at', '-id'], condition=~ROUTINE, name='event_kind_shown'),
    models.Index(fields=['app_id', '-at', '-id'], condition=~ROUTINE, name='event_app_shown'),
    models.Index(fields=['person_id', '-at', '-id'], condition=~ROUTINE, name='event_person_shown'),
    models.Index(fields=['request_id'], condition=~models.Q(request_id='') & ~ROUTINE, name='event_request_shown'),
]
OLD = (
    'event_person',
    'event_app',
    'event_subject',
    'event_timeline',
    'event_kind',
    'event_request',
    'event_app_time',
    'event_person_time',
)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('events', '0007_in_order_of_time'),
    ]

    # The new ones first, so that there is never a page without its index.
    operations = [
        *(AddIndexBesideWriters(model_name='event', index=index) for index in NEW),
        *(migrations.RemoveIndex(model_name='event', name=name) for name in OLD),
    ]
