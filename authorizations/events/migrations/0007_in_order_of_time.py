"""The timelines of people, apps and actors, in order of time: what was added up by the hour gets its id later."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0006_looked_up'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='event',
            name='event_app_told',
        ),
        migrations.RemoveIndex(
            model_name='event',
            name='event_actor',
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('name__in', ('token.refreshed', 'authorization_code.issued')), _negated=True), fields=['app_id', '-at', '-id'], name='event_app_time'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('name__in', ('token.refreshed', 'authorization_code.issued')), _negated=True), fields=['person_id', '-at', '-id'], name='event_person_time'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(models.Q(('actor_id', ''), _negated=True), models.Q(('actor_id', models.F('person_id')), _negated=True)), fields=['actor_id', '-at', '-id'], name='event_actor_time'),
        ),
    ]
