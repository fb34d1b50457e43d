"""Play a demonstration campaign through the procedure's own verbs. Run again, it changes nothing and prints the accounts."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from PIL import Image, ImageDraw

from referrals import procedure
from referrals.documents.uploads import Upload, examine
from referrals.models import (
    Absence,
    Answer,
    Arrival,
    Caller,
    Channel,
    Diploma,
    DocumentKind,
    Offer,
    Post,
    Referral,
    Role,
    StandardText,
    TextKind,
    User,
)
from referrals.procedure import By
from referrals.rules.rule_sets import LAW
from referrals.rules.states import FOLLOWED, Action, OfferState, State
from referrals.statistics.publishing import digest, prepared, publish
from vacancies import seats
from vacancies.models import AcademicRegion, Campaign, Institution, LicenceMention, MasterMention, Programme, Vacancy

PASSWORD = "demonstration-saisine"  # noqa: S105 - a demonstration's, printed for everybody to see
REGION = "R84"
UNIVERSITY = "0691775E"
"""Université Lumière Lyon 2, in the register of the ministry."""
NEIGHBOUR = "0383546Y"
"""Université Grenoble Alpes, of another académie of the same region."""
OPENED_DAYS_AGO = 40
A_YEAR = timedelta(days=366)
"""Long enough for the campaign before to bear another year's number on every day of this one."""


class Command(BaseCommand):
    help = "Joue une campagne de démonstration par les actes mêmes de la procédure, et affiche les comptes."

    def handle(self, *args, **options) -> None:
        now = timezone.now()
        if not Campaign.objects.filter(code=str(now.year)).exists():
            demonstration = Demonstration(now=now)
            demonstration.play()
            LastCampaign(now=now - A_YEAR, office=demonstration.office).play()
        self.stdout.write(f"Mot de passe de tous les comptes : {PASSWORD}")
        for post in Post.objects.filter(user__email__endswith=".example").select_related("user", "institution").order_by("pk"):
            where = post.institution or ", ".join(region.name for region in post.regions.all()) or "France entière"
            self.stdout.write(f"  {post.user.email:42} {post.get_role_display()} – {where}")
        referrals = Referral.objects.filter(campaign=str(now.year), student__email__endswith=".example")
        for referral in referrals.select_related("student").order_by("pk"):
            self.stdout.write(f"  {referral.student.email:42} étudiant – {referral.get_state_display()}")


class Demonstration:
    """One campaign, the staff of one region, and a student at each stage. Every person is invented."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.university = Institution.objects.get(pk=UNIVERSITY)
        self.region = AcademicRegion.objects.get(pk=REGION)

    @property
    def today(self) -> date:
        """The day of the demonstration where the licence was obtained."""
        return self.now.astimezone(self.university.academy.tz).date()

    def play(self) -> None:
        with transaction.atomic():
            self.open_campaign()
            self.appoint_staff()
        self.establish_rules()
        self.declare_seats()
        for number, (first_names, name, stage) in enumerate(STUDENTS, 1):
            student = User.objects.create_user(f"etudiant{number}@saisine.example", PASSWORD, phone="01 99 00 00 00")
            self.referral = self.draft_of(student, first_names=first_names, name=name, expected=stage is awaiting_licence)
            self.her = By.student(student)
            stage(self)
        licence = LicenceMention.objects.order_by("normalised").last()
        self.enter_from_paper("Gaëlle", "Papier", licence=licence, university=self.university)
        self.fill_up()
        self.search_for_the_region()
        self.share_out()
        self.talk()
        self.ask_in_confidence()

    def open_campaign(self) -> None:
        self.campaign = Campaign.objects.create(
            code=str(self.today.year),
            name=f"Campagne de démonstration {self.today.year}",
            opens_on=self.today - timedelta(days=OPENED_DAYS_AGO),
            search_until=self.today + timedelta(days=60),
        )

    def establish_rules(self) -> None:
        opened_at = self.now - timedelta(days=OPENED_DAYS_AGO)
        procedure.establish_rules(
            campaign=self.campaign, rule_set="2018", overrides={}, grounds={}, by_name="démonstration", at=opened_at
        )

    def appoint_staff(self) -> None:
        since = timezone.localdate() - timedelta(days=365)
        for email, name, role, signs in (
            ("gestionnaire@rectorat.example", "Camille Modèle", Role.CASEWORKER, {}),
            ("absent@rectorat.example", "Stéphane Modèle", Role.CASEWORKER, {}),
            (
                "cheffe@rectorat.example",
                "Dominique Modèle",
                Role.HEAD,
                {"capacity": "cheffe du service de l’enseignement supérieur", "delegation": "arrêté de démonstration, non publié"},
            ),
            ("medecin@rectorat.example", "Charlie Modèle", Role.MEDICAL, {}),
        ):
            user = User.objects.create_user(email, PASSWORD, name=name)
            Post.objects.create(user=user, role=role, since=since, **signs).regions.add(self.region)
        for email, name, role in (
            ("scuio@universite.example", "Claude Modèle", Role.ADVISER),
            ("etablissement@universite.example", "Alix Modèle", Role.INSTITUTION),
        ):
            user = User.objects.create_user(email, PASSWORD, name=name)
            capacity = "vice-présidence formation" if role == Role.INSTITUTION else ""
            Post.objects.create(user=user, role=role, institution=self.university, since=since, capacity=capacity)
        administrator = User.objects.create_user("nationale@ministere.example", PASSWORD, name="Maxime Modèle")
        Post.objects.create(user=administrator, role=Role.ADMINISTRATOR, since=since)
        self.office = By.office(User.objects.get(email="gestionnaire@rectorat.example"))
        self.signing = By.office(User.objects.get(email="cheffe@rectorat.example"))
        for title, kind, subject, text in TEXTS:
            StandardText.objects.create(title=title, kind=kind, subject=subject, text=text)

    def enter_from_paper(
        self, first_names: str, name: str, *, licence: LicenceMention, university: Institution, days_ago: int = 1, email: str = ""
    ) -> Referral:
        """A request came by letter so many days ago, and was entered the day after; ``email`` is empty for who has no address."""
        arrived_at, arrived_on = self.now - timedelta(days=days_ago), self.today - timedelta(days=days_ago)
        mention = MasterMention.objects.filter(programmes__academy__region=REGION).distinct().last()
        assert mention is not None, "the catalogue has programmes in the region"
        return procedure.enter(
            campaign=self.campaign,
            email=email,
            phone="01 99 00 00 01",
            facts={
                "first_names": first_names,
                "birth_name": name,
                "birth_date": date(self.today.year - 23, 5, 17),
                "diploma": Diploma.NATIONAL,
                "licence_mention": licence,
                "licence_institution": university,
                "licence_site": university.academy.name,
                "licence_academy": university.academy,
                "licence_on": arrived_on - timedelta(days=8),
                "project": "Enseigner l’histoire.",
            },
            applications=[
                {"institution": university, "mention": mention, "answer": Answer.EXPRESS, "on": arrived_on - timedelta(days=7)}
            ],
            wishes=[mention],
            transcript=specimen(),
            provisional=False,
            through=Arrival.LETTER,
            arrived_at=arrived_at,
            by=self.office,
            at=arrived_at + timedelta(days=1),
        )

    def share_out(self) -> None:
        """Each file gets its caseworker; then one of the two goes away, and the other stands in."""
        for pk in Referral.objects.filter(state__in=FOLLOWED).order_by("pk").values_list("pk", flat=True):
            procedure.hand_over(pk, by=procedure.CLOCK, at=self.now)
        present, away = (User.objects.get(email=f"{who}@rectorat.example") for who in ("gestionnaire", "absent"))
        Absence.objects.create(
            user=away, substitute=present, since=self.today, until=self.today + timedelta(days=12), by_name=str(away)
        )

    def talk(self) -> None:
        """A student asks, the office answers and notes; another waits for an answer; somebody may speak for a third."""
        asking, waiting, mandating = Referral.objects.filter(state__in=FOLLOWED, entered_by__isnull=True).order_by("pk")[:3]
        at = self.now - timedelta(hours=20)
        procedure.write_to_office(
            asking.pk,
            text="Bonjour, mon relevé définitif arrive vendredi. Est-ce trop tard ?",
            by=By.student(asking.student),
            at=at,
        )
        procedure.write_to_student(
            asking.pk, text="Bonjour, non : ajoutez-le à votre dossier dès que vous l’avez.", by=self.office, at=self.now
        )
        procedure.write_note(asking.pk, text="À rappeler vendredi si le relevé n’est pas là.", by=self.office, at=self.now)
        procedure.write_to_office(
            waiting.pk, text="Bonjour, puis-je ajouter un vœu pour un master à Grenoble ?", by=By.student(waiting.student), at=at
        )
        procedure.give_mandate(mandating.pk, name="Pascale Fictif", by=By.student(mandating.student), at=at)
        procedure.record_contact(
            mandating.pk,
            channel=Channel.PHONE,
            caller=Caller.MANDATED,
            note="Demande où en est le dossier : examen en cours.",
            by=self.office,
            at=self.now,
        )

    def ask_in_confidence(self) -> None:
        """A student asks the medical adviser for her opinion: the office is told nothing of it."""
        asking = Referral.objects.filter(state=State.FILED, entered_by__isnull=True).order_by("pk")[0]
        words = "Un traitement suivi à Lyon me demande de rester près de l’hôpital."
        procedure.request_health(asking.pk, words=words, by=By.student(asking.student), at=self.now)

    def declare_seats(self) -> None:
        """Every other programme of the catalogue declares between one and four seats, some of them too long ago.

        The university has declared three of four: two lately, one to be confirmed.
        """
        hers = list(Programme.objects.filter(institution=self.university).order_by("pk").values_list("pk", flat=True))
        for programme in Programme.objects.select_related("academy").order_by("pk"):
            declared, days_ago = 1 + programme.pk % 4, 3 + programme.pk % (OPENED_DAYS_AGO - 5)
            if programme.pk in hers:
                turn = hers.index(programme.pk) % 4
                if turn == 3:
                    continue
                declared, days_ago = (len(STUDENTS), OPENED_DAYS_AGO) if turn == 1 else (declared, 2)
            elif programme.pk % 2 and programme.academy.region_id != REGION:
                continue
            self.declare(programme, declared, days_ago=days_ago)

    def declare(self, programme: Programme, declared: int, *, days_ago: int) -> None:
        vacancy = Vacancy.objects.create(
            programme=programme,
            campaign=self.campaign,
            contact_email=f"masters-{programme.institution_id.lower()}@universite.example",
        )
        at = self.now - timedelta(days=days_ago)
        seats.declare(vacancy_id=vacancy.pk, seats=declared, by="démonstration", at=at)

    def search_for_the_region(self) -> None:
        """A search whose drafts wait to be reviewed."""
        run = procedure.order_run(campaign=self.campaign, region=self.region, by=self.office, at=self.now)
        procedure.execute_run(run.pk, at=self.now)

    def fill_up(self) -> None:
        """One programme of the university has no seat left: those it had are held or taken."""
        relied_on = Vacancy.objects.filter(campaign=self.campaign, valid_until__gte=self.today)
        hers = relied_on.filter(programme__institution=self.university)
        vacancy = hers.filter(Q(held__gt=0) | Q(taken__gt=0)).order_by("pk").first() or hers.order_by("pk").last()
        assert vacancy is not None, "the university has declared"
        seats.declare(
            vacancy_id=vacancy.pk,
            seats=vacancy.held + vacancy.taken,
            by="Alix Modèle",
            at=self.now,
            reason="les autres places sont pourvues",
        )

    def draft_of(self, student: User, *, first_names: str, name: str, expected: bool) -> Referral:
        at = self.now - timedelta(days=3)
        today = timezone.localdate()
        by = By.student(student)
        referral = procedure.start_draft(student=student, campaign=self.campaign, at=at)
        licence = {"licence_expected_on": today + timedelta(days=20)} if expected else {"licence_on": today - timedelta(days=6)}
        mentions = list(MasterMention.objects.filter(programmes__academy__region=REGION).distinct()[:3])
        procedure.save_draft(
            referral.pk,
            facts={
                "first_names": first_names,
                "birth_name": name,
                "birth_date": date(today.year - 22, 2, 28),
                "diploma": Diploma.NATIONAL,
                "licence_mention": LicenceMention.objects.order_by("normalised")[student.pk % LicenceMention.objects.count()],
                "licence_institution": self.university,
                "licence_site": "Lyon",
                "licence_academy": self.university.academy,
                "project": "Travailler dans les métiers du patrimoine, si possible en région lyonnaise.",
                "mobility_km": 100,
                "adviser_consent": student.pk % 2 == 0,
            }
            | licence,
            wishes=mentions,
            wished_academies=[self.university.academy],
            by=by,
            at=at,
        )
        for days, mention in enumerate(mentions, 8):
            application = {
                "institution": self.university,
                "mention": mention,
                "answer": Answer.EXPRESS,
                "on": today - timedelta(days=days),
            }
            procedure.save_application(referral.pk, facts=application, by=by, at=at)
        return referral

    def file(self) -> None:
        at = self.now - timedelta(days=2)
        self.referral.refresh_from_db()
        kind = DocumentKind.TRANSCRIPT if self.referral.licence_on else DocumentKind.PROVISIONAL_TRANSCRIPT
        procedure.add_document(self.referral.pk, kind=kind, upload=specimen(), by=self.her, at=at)
        procedure.file(self.referral.pk, by=self.her, at=at)

    def declare_admissible(self) -> None:
        procedure.declare_admissible(self.referral.pk, note="", by=self.office, at=self.now - timedelta(days=1))

    def consult(self, *, at_home: bool = False) -> Offer:
        """Ask for a seat: first at the university of the licence, then, unless ``at_home``, where there is one."""
        proposed = self.referral.offers.values("vacancy")
        vacancies = (
            Vacancy.objects.filter(campaign=self.campaign, programme__academy__region=REGION, free__gt=0)
            .exclude(pk__in=proposed)
            .exclude(programme__mention__in=self.referral.applications.values("mention"), programme__institution=self.university)
            .order_by("pk")
        )
        hers = vacancies.filter(programme__institution=self.university).first() if at_home or not proposed.exists() else None
        vacancy = hers or vacancies.first()
        assert vacancy is not None, "the demonstration declares more seats than it offers"
        return procedure.consult(self.referral.pk, vacancy_id=vacancy.pk, by=self.office, at=self.now)

    def send(self) -> Offer:
        offer = self.consult()
        procedure.record_agreement(
            self.referral.pk,
            offer_id=offer.pk,
            agreed_by="Sacha Modèle",
            agreed_as="vice-présidence formation",
            agreed_on=self.today,
            through=Channel.MAIL,
            by=self.office,
            at=self.now,
        )
        procedure.send_offer(self.referral.pk, offer_id=offer.pk, message="", by=self.office, at=self.now)
        return offer


class LastCampaign(Demonstration):
    """The campaign of the year before, over and published: some of its figures are shown, others hidden, being too small."""

    def __init__(self, *, now: datetime, office: By) -> None:
        super().__init__(now=now)
        self.office = office

    def play(self) -> None:
        self.open_campaign()
        self.establish_rules()
        self.declare_seats()
        licences = LicenceMention.objects.order_by("normalised")[:2]
        ended = [(university, end) for university, count, end in LAST_ENDS for _ in range(count)]
        for number, (university, end) in enumerate(ended, 1):
            self.referral = self.enter_from_paper(
                "Ancien",
                f"Exemple-{number}",
                licence=licences[number % 2],
                university=Institution.objects.get(pk=university),
                days_ago=3 + 7 * (number // 2 % 2),
                email=f"ancien{number}@saisine.example",
            )
            self.her = By.student(self.referral.student)
            end(self)
        publish(self.campaign, seen=digest(prepared(self.campaign)), at=self.now + A_YEAR)

    def declare_seats(self) -> None:
        """One programme has a seat for everybody who takes one."""
        programme = Programme.objects.filter(academy__region=REGION).exclude(institution=self.university).order_by("pk")[0]
        self.declare(programme, sum(count for _, count, _ in LAST_ENDS), days_ago=OPENED_DAYS_AGO)


def gave_up(play: Demonstration) -> None:
    procedure.withdraw(play.referral.pk, reason="", by=play.her, at=play.now)


def found_nothing(play: Demonstration) -> None:
    play.declare_admissible()
    gave_up(play)


def took_a_seat(play: Demonstration) -> None:
    play.declare_admissible()
    offer = play.send()
    procedure.accept(play.referral.pk, offer_id=offer.pk, by=play.her, at=play.now)
    procedure.record_enrolment(play.referral.pk, offer_id=offer.pk, on=play.today, by=play.office, at=play.now)


LAST_ENDS: list[tuple[str, int, Callable[[Demonstration], None]]] = [
    (UNIVERSITY, 6, gave_up),
    (UNIVERSITY, 6, found_nothing),
    (UNIVERSITY, 7, took_a_seat),
    (NEIGHBOUR, 5, gave_up),
    (NEIGHBOUR, 5, found_nothing),
    (NEIGHBOUR, 2, took_a_seat),
]
"""University of the licence, how many of its students, and how the campaign of the year before ended for them."""


def draft(play: Demonstration) -> None:
    """Nothing more: the transcript is missing, she has not filed."""


def awaiting_licence(play: Demonstration) -> None:
    play.file()


def filed(play: Demonstration) -> None:
    play.file()


def incomplete(play: Demonstration) -> None:
    play.file()
    wanted = "La seconde page du relevé de notes est illisible : merci de l’envoyer de nouveau."
    procedure.request_documents(play.referral.pk, wanted=wanted, days=15, by=play.office, at=play.now)


def admissible(play: Demonstration) -> None:
    play.file()
    play.declare_admissible()
    play.consult()


def asked(play: Demonstration) -> None:
    """Her university has three requests about her: it has refused one, would agree to one under a condition, one waits."""
    play.file()
    procedure.add_document(
        play.referral.pk, kind=DocumentKind.CV, upload=specimen("Curriculum vitae"), by=play.her, at=play.now - timedelta(days=1)
    )
    play.declare_admissible()
    refused, conditional, _ = [play.consult(at_home=True) for _ in range(3)]
    clerk = By.institution(User.objects.get(email="etablissement@universite.example"))
    condition = "S’il réussit notre test de langue."
    procedure.record_condition(play.referral.pk, offer_id=conditional.pk, condition=condition, by=clerk, at=play.now)
    reason = "Ce parcours demande une année de latin."
    procedure.record_refusal(play.referral.pk, offer_id=refused.pk, reason=reason, by=clerk, at=play.now)


def offered(play: Demonstration) -> None:
    play.file()
    play.declare_admissible()
    for _ in range(3):
        play.send()


def accepted(play: Demonstration) -> None:
    play.file()
    play.declare_admissible()
    offers = [play.send() for _ in range(2)]
    procedure.accept(play.referral.pk, offer_id=offers[0].pk, by=play.her, at=play.now)


def inadmissible(play: Demonstration) -> None:
    play.file()
    procedure.declare_inadmissible(play.referral.pk, **REASONS, late=False, by=play.signing, at=play.now)


def to_sign(play: Demonstration) -> None:
    play.file()
    procedure.prepare_decision(play.referral.pk, action=Action.DECLARE_INADMISSIBLE, **REASONS, by=play.office, at=play.now)


def enrolled(play: Demonstration) -> None:
    accepted(play)
    offer = play.referral.offers.get(state=OfferState.ACCEPTED)
    procedure.record_enrolment(play.referral.pk, offer_id=offer.pk, on=play.today, by=play.office, at=play.now)


TEXTS = (
    (
        "Relevé illisible",
        TextKind.DOCUMENTS,
        "",
        "Le relevé de notes joint à votre saisine {numéro} est illisible : merci de l’envoyer de nouveau, complet.",
    ),
    (
        "Où en est mon dossier ?",
        TextKind.MESSAGE,
        "",
        "Bonjour {prénom},\n\nVotre saisine {numéro} suit son cours. Un courriel vous annonce chaque étape.\n\n{gestionnaire}",
    ),
    (
        "Attestation de dépôt",
        TextKind.LETTER,
        "Attestation de dépôt de votre saisine",
        "{prénom} {nom} a déposé la saisine {numéro}, au titre de la licence {mention_licence}.",
    ),
)
"""Title, kind, subject and text of the standard texts."""

REASONS = {
    "law": f"La saisine est ouverte aux titulaires d’une licence, diplôme national ({LAW}).",
    "facts": "Le diplôme présenté est une licence professionnelle.",
}


STUDENTS: list[tuple[str, str, Callable[[Demonstration], None]]] = [
    ("Zoé", "D’Exemple", draft),
    ("Noé", "Specimen", awaiting_licence),
    ("Inès", "Échantillon", filed),
    ("Hugo", "Fictif", incomplete),
    ("Léa", "Modèle-Type", admissible),
    ("Aïcha", "Factice", offered),
    ("Théo", "Imaginaire", accepted),
    ("Lou", "Prototype", inadmissible),
    ("Jade", "Esquisse", to_sign),
    ("Malo", "Gabarit", enrolled),
    ("Sam", "Maquette", asked),
]
"""First names, name (plainly fictitious), and the stage each has reached."""


@cache
def specimen(title: str = "Releve de notes de licence") -> Upload:
    """Return a document that nobody can take for a real one."""
    page = Image.new("RGB", (1240, 1754), "white")
    ImageDraw.Draw(page).text((200, 200), f"SPECIMEN\n{title}\nDocument de demonstration", fill="black", font_size=48)
    written = BytesIO()
    page.save(written, "PDF")
    return examine(ContentFile(written.getvalue(), name=f"{title.lower().replace(' ', '-')}.pdf"))
