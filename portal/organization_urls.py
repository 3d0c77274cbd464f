"""The pages of one organization, below /{organization}/_settings/. Each view takes `organization`, the name in addresses."""

from django.urls import path

from accounts.pages.organization import general, invitations, member, members, overview, project, projects
from authorizations.pages.organization import (
    approval_rules,
    approvals,
    audit,
    decided,
    ending,
    rules,
    service,
    service_acts,
    services,
    tokens,
)

app_name = "organization"
urlpatterns = [
    path("approvals", approvals.listing, name="approvals"),
    path("approvals/<uuid:request_id>", approvals.one, name="approval"),
    path("approvals/services", decided.listing, name="approval-services"),
    path("approvals/services/<str:client_id>", decided.one, name="approval-service"),
    path("approvals/rules", approval_rules.rules, name="approval-rules"),
    path("approvals/rules/<uuid:rule_id>/move", approval_rules.move, name="approval-rule-move"),
    path("approvals/rules/<uuid:rule_id>/delete", approval_rules.delete, name="approval-rule-delete"),
    path("", overview.overview, name="overview"),
    path("members", members.listing, name="members"),
    path("members/<uuid:person_id>", member.member, name="member"),
    path("members/<uuid:person_id>/owner", member.make_owner, name="member-owner"),
    path("members/<uuid:person_id>/remove", ending.remove, name="member-remove"),
    path("leave", ending.leave, name="leave"),
    path("invitations", invitations.page, name="invitations"),
    path("invitations/<uuid:invitation_id>/again", invitations.again, name="invitation-again"),
    path("invitations/<uuid:invitation_id>/withdraw", invitations.withdraw, name="invitation-withdraw"),
    path("projects", projects.listing, name="projects"),
    path("projects/new", projects.create, name="project-new"),
    path("projects/<uuid:project_id>", project.page, name="project"),
    path("projects/<uuid:project_id>/add", project.add, name="project-add"),
    path("projects/<uuid:project_id>/remove", project.remove, name="project-remove"),
    path("projects/<uuid:project_id>/delete", project.delete, name="project-delete"),
    path("audit", audit.listing, name="audit"),
    path("audit/download", audit.download, name="audit-download"),
    path("settings", general.settings, name="settings"),
    path("settings/previews", general.previews, name="previews"),
    path("tokens", tokens.listing, name="tokens"),
    path("tokens/end", tokens.end, name="end-tokens"),
    path("tokens/rules", rules.listing, name="rules"),
    path("tokens/rules/new", rules.new, name="new-rule"),
    path("tokens/rules/<uuid:rule_id>/withdraw", rules.withdraw, name="withdraw-rule"),
    path("services", services.listing, name="services"),
    path("services/<str:client_id>", service.detail, name="service"),
    path("services/<str:client_id>/revoke", service_acts.revoke, name="service-revoke"),
    path("services/<str:client_id>/revoke/<uuid:person_id>", service_acts.revoke_one, name="service-revoke-one"),
    path("services/<str:client_id>/block", service_acts.block, name="service-block"),
    path("services/<str:client_id>/unblock", service_acts.unblock, name="service-unblock"),
]
