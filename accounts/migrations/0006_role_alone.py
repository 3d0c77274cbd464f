"""The role is the only source of rights in the admin: the columns that repeat it must fit it."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q


def repeat(apps: Any, schema_editor: Any) -> None:
    people = apps.get_model("accounts", "User").objects
    people.filter(role="").filter(Q(is_staff=True) | Q(is_superuser=True)).update(is_staff=False, is_superuser=False)
    people.filter(role__in=["auditor", "operator"]).update(is_staff=True, is_superuser=False)
    people.filter(role="administrator").update(is_staff=True, is_superuser=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_operations_role")]

    operations = [
        migrations.AlterField(
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
                db_default="",
                default="",
                max_length=16,
                verbose_name="operations role",
            ),
        ),
        migrations.RunPython(repeat, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(condition=~Q(role=""), fields=["role"], name="person_with_role"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(is_staff=False, is_superuser=False, role="")
                | Q(is_staff=True, is_superuser=False, role__in=["auditor", "operator"])
                | Q(is_staff=True, is_superuser=True, role="administrator"),
                name="person_has_one_role",
            ),
        ),
    ]
