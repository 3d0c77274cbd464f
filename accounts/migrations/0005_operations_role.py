"""Staff get a role; who was all-powerful configures, who was staff reads."""

from typing import Any

from django.db import migrations, models


def roles(apps: Any, schema_editor: Any) -> None:
    people = apps.get_model("accounts", "User").objects.filter(is_staff=True)
    people.filter(is_superuser=True).update(role="administrator")
    people.filter(is_superuser=False).update(role="auditor")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_policy_change_announcing")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "No operations role"),
                    ("auditor", "Auditor: reads everything"),
                    ("operator", "Operator: acts on authorizations, apps and people"),
                    ("administrator", "Administrator: configures, and says who has which role"),
                ],
                default="",
                max_length=16,
                verbose_name="operations role",
            ),
        ),
        migrations.RunPython(roles, migrations.RunPython.noop),
    ]
