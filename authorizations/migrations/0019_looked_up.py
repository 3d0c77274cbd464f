"""Lists of operations, and what is found in them."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

# The same list in the same order as the condition of the queries, or the planner will not use it: a test compares them.
HIGH_PRIVILEGE = (
    "user_impersonation",
    "vso.advsec",
    "vso.advsec_manage",
    "vso.advsec_write",
    "vso.agentpools_manage",
    "vso.auditstreams_manage",
    "vso.build_execute",
    "vso.code_full",
    "vso.code_manage",
    "vso.code_write",
    "vso.environment_manage",
    "vso.extension_manage",
    "vso.gallery_manage",
    "vso.gallery_publish",
    "vso.githubconnections_manage",
    "vso.graph_manage",
    "vso.identity_manage",
    "vso.machinegroup_manage",
    "vso.memberentitlementmanagement_write",
    "vso.packaging_manage",
    "vso.packaging_write",
    "vso.pipelineresources_manage",
    "vso.pipelineresources_use",
    "vso.project_manage",
    "vso.release_execute",
    "vso.release_manage",
    "vso.securefiles_manage",
    "vso.securefiles_read",
    "vso.securefiles_write",
    "vso.security_manage",
    "vso.serviceendpoint_manage",
    "vso.taskgroups_manage",
    "vso.tokenadministration",
    "vso.tokens",
    "vso.variablegroups_manage",
)
WORDS = {
    "authorization_high_live": (
        "CREATE INDEX authorization_high_live ON authorizations_authorization (granted_at DESC, id DESC) "
        f"WHERE revoked_at IS NULL AND scopes ?| ARRAY[{', '.join(repr(s) for s in HIGH_PRIVILEGE)}]::text[]"
    ),
    "personal_token_words": (
        """CREATE INDEX personal_token_words ON "authorizations_personalaccesstoken" USING gin (to_tsvector('simple', translate("name", '@._-+/:()', '         ')))"""
    ),
}


def words(schema_editor: Any, make: bool) -> None:
    """SQLite compares texts; only PostgreSQL has such an index."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, statement in WORDS.items():
        schema_editor.execute(statement if make else f"DROP INDEX IF EXISTS {name}")


def make(apps: Any, schema_editor: Any) -> None:
    words(schema_editor, make=True)


def drop(apps: Any, schema_editor: Any) -> None:
    words(schema_editor, make=False)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_looked_up'),
        ('authorizations', '0018_operations_and_incidents'),
        ('oauthapps', '0005_secret_ended_by_operations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='authorization',
            index=models.Index(fields=['-granted_at', '-id'], name='authorization_granted'),
        ),
        migrations.AddIndex(
            model_name='authorization',
            index=models.Index(condition=models.Q(('revoked_at', None)), fields=['application', 'expires_at'], name='authorization_live_app'),
        ),
        migrations.AddIndex(
            model_name='connection',
            index=models.Index(fields=['-created_at', '-id'], name='connection_created'),
        ),
        migrations.AddIndex(
            model_name='personalaccesstoken',
            index=models.Index(fields=['-created_at', '-id'], name='personal_token_created'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['-at', '-id'], name='receipt_at'),
        ),
        migrations.RunPython(make, drop),
    ]
