"""What operations look up in the event log: by kind, app, address, request and actor."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0005_organization_time'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('name__in', ('token.refreshed', 'authorization_code.issued')), _negated=True), fields=['name', '-at', '-id'], name='event_kind'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('name__in', ('token.refreshed', 'authorization_code.issued')), _negated=True), fields=['app_id', '-id'], name='event_app_told'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(models.Q(('address', ''), _negated=True), models.Q(('name__in', ('token.refreshed', 'authorization_code.issued')), _negated=True)), fields=['address', '-at', '-id'], name='event_address'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(models.Q(('request_id', ''), _negated=True), models.Q(('name__in', ('token.refreshed', 'authorization_code.issued')), _negated=True)), fields=['request_id'], name='event_request'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(models.Q(('actor_id', ''), _negated=True), models.Q(('actor_id', models.F('person_id')), _negated=True)), fields=['actor_id', '-id'], name='event_actor'),
        ),
    ]
