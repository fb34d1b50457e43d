"""A region where students wait for offers, and the runs of the matching there."""

from referrals import procedure
from referrals.models import Draft, MatchingRun
from tests import factories
from tests.story import Story
from vacancies.models import Vacancy


def waiting(**options) -> Story:
    """Return a student whose referral is admissible, at an institution of her own; a minute longer waiting than the next one."""
    story = Story(**options)
    story.admissible()
    return story


def elsewhere(story: Story, *, seats: int = 1, academy: str = "Lyon") -> Vacancy:
    """Return seats of an institution that is no student's origin."""
    programme = factories.ProgrammeFactory(institution=factories.InstitutionFactory(academy=factories.academy(academy)))
    return factories.VacancyFactory(programme=programme, campaign=story.campaign, seats_declared=seats)


def ordered(story: Story, **options) -> MatchingRun:
    return procedure.order_run(campaign=story.campaign, region=story.academy.region, by=story.office, at=story.at, **options)


def ran(story: Story, **options) -> MatchingRun:
    """Return a run that a worker has done."""
    run = ordered(story, **options)
    procedure.execute_run(run.pk, at=story.at)
    run.refresh_from_db()
    return run


def drafted(run: MatchingRun) -> list[tuple[int, int]]:
    """The drafts of a run, as referral and vacancy."""
    return sorted(run.drafts.values_list("referral", "vacancy"))


def to_consult(story: Story, run: MatchingRun) -> list[int]:
    """Order all the consultations of a run; return its drafts."""
    procedure.order_consultations(run, None, by=story.office, at=story.at)
    return list(Draft.objects.filter(run=run, state="ordered").order_by("pk").values_list("pk", flat=True))
