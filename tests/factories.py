"""Sample rows. Persons are plainly fictitious; territory and names of institutions are real."""

import time
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from io import BytesIO
from zoneinfo import ZoneInfo

import factory
import pikepdf
from django.core.files.base import ContentFile
from django.test import Client
from factory.django import DjangoModelFactory

from referrals.documents.uploads import Upload, examine
from referrals.models import CampaignRules, Post, Role, User
from vacancies import seats
from vacancies.models import (
    AcademicRegion,
    Academy,
    Campaign,
    Institution,
    InstitutionName,
    LicenceMention,
    MasterMention,
    Programme,
    Question,
    QuestionKind,
    Vacancy,
)
from vacancies.names import normalise

REGIONS = {
    "R84": "Auvergne-Rhône-Alpes",
    "R04": "La Réunion",
    "R44": "Grand Est",
    "R02": "Martinique",
    "R988": "Nouvelle-Calédonie",
}
ACADEMIES = {
    "Lyon": ("A10", "R84", "Europe/Paris", "metropole"),
    "Grenoble": ("A08", "R84", "Europe/Paris", "metropole"),
    "Strasbourg": ("A15", "R44", "Europe/Paris", "alsace-moselle"),
    "La Réunion": ("A28", "R04", "Indian/Reunion", "la-reunion"),
    "Martinique": ("A31", "R02", "America/Martinique", "martinique"),
    "Nouvelle-Calédonie": ("A40", "R988", "Pacific/Noumea", "nouvelle-caledonie"),
}
PASSWORD = "un mot de passe assez long"


def instant(text: str) -> datetime:
    """Return the instant written as ``2026-07-06 10:00 Europe/Paris``; Paris where no zone is given."""
    day, hour, *zone = text.split()
    return datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=ZoneInfo(zone[0] if zone else "Europe/Paris"))


def academy(name: str = "Lyon") -> Academy:
    """Return the académie of that name, with its region."""
    code, region_code, zone, calendar = ACADEMIES[name]
    region, _ = AcademicRegion.objects.get_or_create(code=region_code, defaults={"name": REGIONS[region_code]})
    found, _ = Academy.objects.get_or_create(
        code=code, defaults={"name": name, "region": region, "zone": zone, "calendar": calendar}
    )
    return found


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"personne{n}@exemple.fr")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return model_class.objects.create_user(*args, password=PASSWORD, **fields)


class InstitutionFactory(DjangoModelFactory):
    class Meta:
        model = Institution
        skip_postgeneration_save = True

    uai = factory.Sequence(lambda n: f"{n:07d}Z")
    name = factory.Sequence(lambda n: f"Université d’exemple {n}")
    academy = factory.LazyFunction(academy)

    @factory.post_generation
    def names(self, create, extracted, **kwargs):
        for name in {self.name, *(extracted or ())}:
            InstitutionName.objects.create(institution=self, name=name)


class LicenceMentionFactory(DjangoModelFactory):
    class Meta:
        model = LicenceMention
        django_get_or_create = ("name",)

    name = "Histoire"


class MasterMentionFactory(DjangoModelFactory):
    class Meta:
        model = MasterMention
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda n: f"Mention d’exemple {n}")


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    institution = factory.SubFactory(InstitutionFactory)
    mention = factory.SubFactory(MasterMentionFactory)
    academy = factory.SelfAttribute("institution.academy")
    town = "Lyon"


class CampaignFactory(DjangoModelFactory):
    class Meta:
        model = Campaign
        django_get_or_create = ("code",)

    code = "2026"
    name = "Campagne 2026"
    opens_on = date(2026, 6, 15)
    search_until = date(2026, 10, 31)


class CampaignRulesFactory(DjangoModelFactory):
    class Meta:
        model = CampaignRules
        django_get_or_create = ("campaign", "version")

    campaign = factory.SubFactory(CampaignFactory)
    version = 1
    source = "Onisep, 27 juin 2018"
    franc = False


class QuestionFactory(DjangoModelFactory):
    """A question that a person has answered; say by what."""

    class Meta:
        model = Question

    kind = QuestionKind.INSTITUTION
    text = factory.Sequence(lambda n: f"Nom inconnu {n}")
    normalised = factory.LazyAttribute(lambda question: normalise(question.text))
    asked_at = answered_at = factory.LazyFunction(lambda: instant("2026-06-20 10:00"))
    answered_by = "Maxime Modèle"


class VacancyFactory(DjangoModelFactory):
    """A vacancy with ``seats`` declared through the ledger."""

    class Meta:
        model = Vacancy

    programme = factory.SubFactory(ProgrammeFactory)
    campaign = factory.SubFactory(CampaignFactory)
    contact_email = "masters@universite.exemple"

    @classmethod
    def _create(cls, model_class, *args, seats_declared: int = 1, **fields):
        vacancy = super()._create(model_class, *args, **fields)
        seats.declare(vacancy_id=vacancy.pk, seats=seats_declared, by="exemple", at=instant("2026-06-15 08:00"))
        vacancy.refresh_from_db()
        return vacancy


def post(
    role: Role,
    *,
    region: AcademicRegion | None = None,
    institution: Institution | None = None,
    capacity: str = "",
    delegation: str = "",
    **user_fields,
) -> User:
    """Return a new account that holds one post."""
    user = UserFactory(**user_fields)
    held = Post.objects.create(
        user=user, role=role, institution=institution, since=date(2018, 1, 1), capacity=capacity, delegation=delegation
    )
    if region:
        held.regions.add(region)
    return user


def pdf(pages: int = 1) -> bytes:
    """Return a blank PDF."""
    blank = pikepdf.new()
    for _ in range(pages):
        blank.add_blank_page()
    written = BytesIO()
    blank.save(written, deterministic_id=True)
    return written.getvalue()


def upload(name: str = "releve.pdf", content: bytes | None = None) -> Upload:
    """Return an examined file, of its own. The same bytes are examined once: that takes a process each time."""
    given = pdf() if content is None else content
    return replace(_examined(name, given), file=ContentFile(given, name=name))


@cache
def _examined(name: str, content: bytes) -> Upload:
    return examine(ContentFile(content, name=name))


def signed_in(user: User) -> Client:
    """Return a browser in which ``user`` has signed in just now, as allauth records it."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
