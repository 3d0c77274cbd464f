import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authorizations", "0001_initial"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]
    operations = [
        migrations.RemoveConstraint("legacyusage", "one_legacy_count"),
        migrations.RenameModel("LegacyUsage", "AppUsage"),
        migrations.AlterModelOptions("appusage", {"verbose_name": "use of an app"}),
        migrations.AlterField(
            "appusage",
            "application",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="usage",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "appusage", models.UniqueConstraint(fields=("application", "day", "endpoint"), name="one_app_count")
        ),
        migrations.CreateModel(
            "AuthorizationUsage",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "facet",
                    models.CharField(
                        choices=[
                            ("endpoint", "kind of call"),
                            ("scope", "permission"),
                            ("organization", "organization"),
                        ],
                        max_length=16,
                    ),
                ),
                ("value", models.CharField(max_length=64)),
                ("calls", models.PositiveBigIntegerField(default=0)),
                (
                    "authorization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="usage",
                        to="authorizations.authorization",
                    ),
                ),
            ],
            options={"verbose_name": "use of an authorization"},
        ),
        migrations.AddConstraint(
            "authorizationusage",
            models.UniqueConstraint(
                fields=("authorization", "day", "facet", "value"), name="one_authorization_count"
            ),
        ),
    ]
