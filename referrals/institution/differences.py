"""What a file would change, sorted as who handed it in looks at it."""

from dataclasses import dataclass

from django.db.models import Case, CharField, Count, F, Func, JSONField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from vacancies.models import Difference, Import, Outcome

ON_FIRST_PAGE = 10
"""Of each group, where all of them are shown."""
PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class Group:
    """Differences of one sort. before, after: its title while the file waits, and once it is applied."""

    slug: str
    before: str
    after: str
    explained: str = ""


GROUPS = (
    Group(
        slug="refused",
        before="Lignes refusées",
        after="Lignes refusées",
        explained="Elles ne sont pas appliquées ; les autres peuvent l’être sans elles. Pour tout reprendre, corrigez le fichier "
        "et déposez-le de nouveau.",
    ),
    Group(slug="set_aside", before="À vérifier", after="À vérifier", explained="Ces lignes sont reprises telles quelles."),
    Group(slug="absent", before="Absents du fichier : passent à zéro place", after="Absents du fichier : passés à zéro place",
          explained="Les places déjà réservées ou prises restent déclarées."),
    Group(slug="added", before="Premières déclarations", after="Premières déclarations"),
    Group(slug="changed", before="Déclarations qui changent", after="Déclarations changées"),
    Group(slug="confirmed", before="Nombres confirmés", after="Nombres confirmés",
          explained="Rien ne change que la date : ces nombres valent plus longtemps."),
)  # fmt: skip


class WithoutValidity(Func):
    """The values of a difference, but for the dates between which they are valid."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = JSONField()

    def __init__(self, values: str) -> None:
        super().__init__(F(values), *(Cast(Value(name), TextField()) for name in ("declared_on", "valid_until")))


def grouped(of: Import) -> QuerySet[Difference]:
    """Return the differences of an import, each with its ``group``."""
    same = Q(values_before=F("values_after"))
    return of.differences.annotate(
        values_before=WithoutValidity("before"),
        values_after=WithoutValidity("after"),
        group=Case(
            When(outcome=Outcome.REFUSED, then=Value("refused")),
            When(outcome=Outcome.SET_ASIDE, then=Value("set_aside")),
            When(Q(line__isnull=True) | Q(outcome=Outcome.WITHDRAWN), then=Value("absent")),
            When(outcome=Outcome.ADDED, then=Value("added")),
            When(same, then=Value("confirmed")),
            default=Value("changed"),
            output_field=CharField(),
        ),
    )


def counts(of: Import) -> dict[str, int]:
    """Return how many differences each group has."""
    found = grouped(of).order_by().values("group").annotate(many=Count("pk")).values_list("group", "many")
    return {group.slug: 0 for group in GROUPS} | dict(found)


def of_group(of: Import, slug: str) -> QuerySet[Difference]:
    return grouped(of).filter(group=slug).order_by("line", "pk")
