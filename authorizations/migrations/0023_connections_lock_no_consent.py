"""An exchange locks the row of the consent no more (docs/decisions/0099)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('authorizations', '0022_codes_and_connections_pay_less'),
    ]

    operations = [
        migrations.AlterField(
            model_name='connection',
            name='authorization',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='connections', to='authorizations.authorization'),
        ),
    ]
