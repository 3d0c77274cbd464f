"""Lists of notices, and messages that were given up."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0006_reminders_by_subject'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('dropped_at__isnull', False)), fields=['dropped_at'], name='message_given_up'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['-created_at', '-id'], name='notice_created'),
        ),
    ]
