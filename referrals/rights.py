"""What a post lets somebody read and administer: one table, answered by an authentication backend. No groups.

How far a post reaches is its scope (`User.scope`), asked by `visible_to` on each queryset. What somebody may *do* to a
referral is in the transitions tables; no action is in both.
"""

from django.core.exceptions import PermissionDenied

from .models import Role

VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"
EVERYTHING = frozenset({VIEW, ADD, CHANGE})
READ = frozenset({VIEW})

RIGHTS: dict[str, dict[str, frozenset[str]]] = {
    Role.CASEWORKER: {
        "referrals.referral": READ,
        "referrals.standingagreement": READ,
        "referrals.absence": EVERYTHING | {DELETE},  # her own; a head, anybody's of her region
        "referrals.assignmentrule": READ,
        "referrals.standardtext": READ,
        "referrals.publication": READ,  # and the figures of her regions
        "referrals.extension": frozenset({VIEW, ADD}),  # of one file; a head, of a whole territory
        "referrals.matchingrun": frozenset({VIEW, ADD}),
        "referrals.commissionsession": frozenset({VIEW, ADD}),
        "notifications.message": frozenset({VIEW, CHANGE}),
        "vacancies.vacancy": frozenset({VIEW, ADD, CHANGE}),
        "vacancies.line": READ,
        "vacancies.programme": READ,
        "vacancies.institution": READ,
        "vacancies.import": EVERYTHING,  # of the declarations of its region; it reads the others
        "vacancies.question": READ,
        "vacancies.merger": READ,
        "vacancies.compatibility": READ,
    },
    Role.ADVISER: {},
    Role.INSTITUTION: {},
    Role.MEDICAL: {"referrals.healthrequest": READ},
    Role.ADMINISTRATOR: {
        "referrals.referral": READ,
        "referrals.user": EVERYTHING,
        "referrals.post": EVERYTHING,
        "referrals.campaignrules": frozenset({VIEW, ADD}),
        "referrals.publication": frozenset({VIEW, ADD}),  # once for a campaign, for good
        "referrals.matchingrun": READ,
        "referrals.commissionsession": READ,
        "referrals.standingagreement": READ,
        "referrals.absence": READ,
        "referrals.assignmentrule": READ,
        "referrals.standardtext": EVERYTHING,  # of all regions; it reads the others
        "notifications.message": frozenset({VIEW, CHANGE}),
        "vacancies.campaign": EVERYTHING,
        "vacancies.vacancy": EVERYTHING,
        "vacancies.line": READ,
        "vacancies.programme": EVERYTHING,
        "vacancies.institution": EVERYTHING,
        "vacancies.licencemention": EVERYTHING,
        "vacancies.mastermention": EVERYTHING,
        "vacancies.academy": frozenset({VIEW, CHANGE}),  # a new one comes with its calendar: a change of the rules
        "vacancies.academicregion": frozenset({VIEW, CHANGE}),
        "vacancies.import": EVERYTHING,
        "vacancies.question": frozenset({VIEW, CHANGE}),
        "vacancies.merger": EVERYTHING,
        "vacancies.compatibility": READ,
    },
}
RIGHTS[Role.HEAD] = RIGHTS[Role.CASEWORKER] | {
    "referrals.post": READ,
    "referrals.assignmentrule": EVERYTHING | {DELETE},
    "referrals.standardtext": EVERYTHING,  # of the regions she heads
}
"""Role → model → what its holder may do with it in the admin. Nothing is ever deleted there, but for an absence still to come and a
rule of who gets what, and the admin's log keeps both.
"""


class PostsBackend:
    """Answers ``user.has_perm`` from the posts held today."""

    def authenticate(self, request, **credentials) -> None:
        """Nobody signs in here: allauth's backend sees to it."""

    def has_perm(self, user, perm: str, obj=None) -> bool:
        app_label, codename = perm.split(".", 1)
        verb, _, model = codename.partition("_")
        return _or_deny(any(verb in RIGHTS[role].get(f"{app_label}.{model}", ()) for role in user.roles))

    def has_module_perms(self, user, app_label: str) -> bool:
        return _or_deny(any(model.startswith(f"{app_label}.") for role in user.roles for model in RIGHTS[role]))


def _or_deny(granted: bool) -> bool:
    """The posts have the last word: denying keeps Django from asking the next backend, which knows groups and superusers."""
    if not granted:
        raise PermissionDenied
    return True
