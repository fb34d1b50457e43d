"""Who is told what: every kind of event decided, every template used, every subject as it must read."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from notifications import advisers, chasers, consultations, silences
from notifications.catalogue import CATALOGUE
from notifications.models import Message
from notifications.reminders import AWAITED, TEMPLATES
from referrals import procedure
from referrals.models import Answer, Channel, Enrolment, EventKind, LimitKind, Offer, OtherLicence, Role
from referrals.procedure import CLOCK, By
from referrals.rules.rule_sets import AnswerClock
from referrals.rules.states import Action
from referrals.signals import events_recorded
from tests import factories
from tests.factories import instant
from tests.notifications.conftest import UNDEFINED
from tests.story import Story
from vacancies.models import Vacancy

pytestmark = pytest.mark.django_db

Told = list[tuple[str, str]]
NBSP = "\N{NO-BREAK SPACE}"


def test_every_kind_of_event_is_decided():
    assert set(CATALOGUE) == set(EventKind.ALL)


def test_every_template_is_used_and_every_mail_has_its_template():
    written = {path.stem for path in Path(settings.BASE_DIR, "templates/mails").glob("*.txt") if not path.stem.startswith("_")}
    caused = {mail.template for mails in CATALOGUE.values() for mail in mails}
    of_the_day = {advisers.TEMPLATE, chasers.TEMPLATE, consultations.TEMPLATE, silences.TEMPLATE}
    assert written == caused | set(TEMPLATES.values()) | {AWAITED} | of_the_day


def test_only_mails_to_the_student_announce_a_limit():
    announcing = [mail for mails in CATALOGUE.values() for mail in mails if mail.announces]
    assert {(mail.template, mail.to) for mail in announcing} == {
        ("documents_requested", "student"),
        ("offers_complete", "student"),
        ("offer_later", "student"),
        ("offer_with_its_limit", "student"),
        ("search_ended", "student"),
        ("limit_extended", "student"),
        ("facts_corrected", "student"),
        ("licence_chosen", "student"),
    }


def assigned(story: Story) -> Story:
    procedure.assign(story.id, to=story.caseworker, by=story.office, at=story.at)
    return story


def request(story: Story) -> None:
    procedure.request_documents(story.id, wanted="Le relevé complet.", days=10, by=story.office, at=story.at)


def file(story: Story) -> None:
    story.filed()


def postpone_herself(story: Story) -> None:
    assigned(story.filed(expected=True))
    procedure.postpone_licence(story.id, expected_on=date(2026, 9, 4), note="Rattrapage.", by=story.her, at=story.at)


def postpone_for_her(story: Story) -> None:
    assigned(story.filed(expected=True))
    procedure.postpone_licence(story.id, expected_on=date(2026, 9, 4), note="Au téléphone.", by=story.office, at=story.at)


def report_failure(story: Story) -> None:
    assigned(story.filed(expected=True))
    procedure.report_failure(story.id, note="", by=story.her, at=story.later(days=20).at)


def choose_licence(story: Story) -> None:
    story.filed()
    other = OtherLicence.objects.create(
        referral=story.referral, title="Lettres", institution=story.institution, academy=story.academy, on=date(2025, 6, 20)
    )
    procedure.choose_licence(story.id, other_licence_id=other.pk, ground="La plus favorable.", by=story.office, at=story.at)


def prove_licence(story: Story) -> None:
    story.filed(expected=True).later(days=25)
    procedure.prove_licence(story.id, licence_on=date(2026, 7, 10), upload=factories.upload(), by=story.her, at=story.at)


def ask_for_documents(story: Story) -> None:
    request(story.filed())


def supply(story: Story) -> None:
    request(assigned(story.filed()))
    story.later(hours=1)
    procedure.add_document(story.id, kind="other", upload=factories.upload(), by=story.her, at=story.at)
    procedure.supply_documents(story.id, by=story.her, at=story.at)


def resume(story: Story) -> None:
    request(story.filed())
    procedure.resume(story.id, note="", by=story.office, at=story.at)


def lapse_request(story: Story) -> None:
    request(assigned(story.filed()))
    limit = story.told().limit(LimitKind.SUPPLY)
    procedure.lapse_request(limit.pk, by=CLOCK, at=limit.ends_at)


def admit(story: Story) -> None:
    story.admissible()


def refuse_to_admit(story: Story) -> None:
    story.filed()
    procedure.declare_inadmissible(
        story.id, law="Une licence nationale.", facts="Licence professionnelle.", late=False, by=story.signing, at=story.at
    )


def prepare(story: Story) -> None:
    story.filed()
    assert story.signer.email
    procedure.prepare_decision(
        story.id,
        action=Action.DECLARE_INADMISSIBLE,
        law="Une licence nationale.",
        facts="Licence professionnelle.",
        by=story.office,
        at=story.at,
    )


def withdraw_decision(story: Story) -> None:
    refuse_to_admit(story)
    procedure.withdraw_decision(story.id, ground="Erreur de lecture.", due_on=story.due_on, by=story.office, at=story.at)


def consult(story: Story) -> None:
    story.admissible()
    story.consulting()


def of_the_institution(story: Story, offer: Offer) -> By:
    """Its account."""
    clerk = factories.post(Role.INSTITUTION, institution=offer.vacancy.programme.institution, name="Alix Exemple")
    return By.institution(clerk)


def agree_itself(story: Story) -> None:
    offer = assigned(story.admissible()).consulting()
    procedure.record_agreement(
        story.id,
        offer_id=offer.pk,
        agreed_by="Ada Exemple",
        agreed_as="responsable de la mention",
        agreed_on=story.at.astimezone(story.academy.tz).date(),
        through=Channel.LINK,
        by=By.by_link(offer, to="masters@universite.exemple"),
        at=story.at,
    )


def refuse_itself(story: Story) -> None:
    offer = assigned(story.admissible()).consulting()
    by = of_the_institution(story, offer)
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Prérequis de statistiques.", by=by, at=story.at)


def refuse_by_telephone(story: Story) -> None:
    offer = assigned(story.admissible()).consulting()
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)


def put_a_condition(story: Story) -> None:
    offer = assigned(story.admissible()).consulting()
    by = of_the_institution(story, offer)
    procedure.record_condition(story.id, offer_id=offer.pk, condition="Un entretien réussi.", by=by, at=story.at)


def delegate(story: Story) -> None:
    offer = assigned(story.admissible()).consulting()
    by = of_the_institution(story, offer)
    procedure.delegate(story.id, offer_id=offer.pk, to="collegue@universite.exemple", by=by, at=story.at)


def lapse_consultation(story: Story) -> None:
    assigned(story.admissible())
    offer = story.consulting()
    procedure.lapse_consultation(story.id, offer_id=offer.pk, by=CLOCK, at=offer.held_until)


def send_first(story: Story) -> None:
    story.offered(1)


def send_third(story: Story) -> None:
    story.offered(3)


def send_fourth(story: Story) -> None:
    story.offered(3)
    story.later(days=1).sent()


def retract_one_of_two(story: Story) -> None:
    first, _ = story.offered(2)
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Formation fermée.", by=story.office, at=story.at)


def retract_accepted(story: Story) -> None:
    offer = taken(story)
    procedure.retract_offer(story.id, offer_id=offer.pk, ground="Formation fermée.", by=story.office, at=story.at)


def retract_before_sending(story: Story) -> None:
    story.admissible()
    offer = story.consulting()
    procedure.retract_offer(story.id, offer_id=offer.pk, ground="Formation fermée.", by=story.office, at=story.at)


def end_search_with_two(story: Story) -> None:
    story.offered(2)
    procedure.end_search(story.id, reason="Aucune autre place.", by=story.office, at=story.at)


def end_search_with_none(story: Story) -> None:
    assigned(story.admissible())
    procedure.end_search(story.id, reason="Aucune place.", by=story.office, at=story.at)


def escalate(story: Story) -> None:
    story.offered(1)
    assert story.signer.email
    procedure.escalate(story.id, by=CLOCK, at=instant("2026-10-17 02:30"))


def refer_to_commission(story: Story) -> None:
    story.offered(1)
    procedure.refer_to_commission(story.id, note="", by=story.office, at=story.at)


def restart_limit(story: Story) -> None:
    story.offered(3)
    story.told().later(days=6)
    procedure.restart_limit(
        story.id,
        limit_id=story.limit().pk,
        start=date(2026, 6, 24),
        ground="Boîte pleine.",
        by=story.office,
        at=story.at,
    )


def contact(story: Story) -> None:
    story.filed()
    procedure.record_contact(story.id, channel=Channel.PHONE, note="Rappelle demain.", by=story.office, at=story.at)


def taken(story: Story) -> Offer:
    accept(story)
    return story.referral.offers.get(state="accepted")


def enrol(story: Story) -> None:
    offer = taken(story)
    procedure.record_enrolment(story.id, offer_id=offer.pk, on=date(2026, 6, 20), by=story.office, at=story.at)


def lose_by_refusal(story: Story) -> None:
    story.lose(taken(story), outcome=Enrolment.REFUSED)


def lose_by_absence(story: Story) -> None:
    story.lose(taken(story), outcome=Enrolment.NOT_COME)


def accept(story: Story) -> None:
    first, *_ = story.offered(3)
    procedure.accept(story.id, offer_id=first.pk, by=story.her, at=story.at)


def decline_one(story: Story) -> None:
    first, *_ = story.offered(3)
    procedure.decline(story.id, offer_id=first.pk, reason="", by=story.her, at=story.at)


def decline_all(story: Story) -> None:
    offers = story.offered(3)
    assigned(story)
    for offer in offers:
        procedure.decline(story.id, offer_id=offer.pk, reason="", by=story.her, at=story.at)


def expire_all(story: Story) -> None:
    story.offered(3)
    limit = assigned(story).told().limit()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)


def expire_but_one(story: Story) -> None:
    story.offered(3)
    story.told().later(days=3).sent()
    limit = story.told().limit()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)


def withdraw(story: Story) -> None:
    story.offered(2)
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)


def correct(story: Story) -> None:
    story.filed()
    procedure.correct_facts(story.id, facts={"first_names": "Zoë"}, ground="Acte de naissance.", by=story.office, at=story.at)


def correct_an_application(story: Story) -> None:
    story.filed()
    procedure.correct_application(
        story.id,
        application_id=story.referral.applications.get().pk,
        facts={"answer": Answer.WAITING, "on": date(2026, 6, 11)},
        ground="Capture d’écran.",
        by=story.office,
        at=story.at,
    )


def absorb(story: Story) -> None:
    ended = Story(academy=story.academy.name).filed()
    story.later(days=1).filed()
    procedure.merge(story.id, other_id=ended.id, ground="Deux comptes.", by=story.office, at=story.at)


def merge(story: Story) -> None:
    kept = Story(academy=story.academy.name).filed()
    story.filed()
    procedure.merge(kept.id, other_id=story.id, ground="Deux comptes.", by=story.office, at=story.at)


def freeze(story: Story) -> None:
    story.filed()
    procedure.freeze_account(story.id, ground="Un appel inquiétant.", by=story.office, at=story.at)


def thaw(story: Story) -> None:
    freeze(story)
    procedure.thaw_account(story.id, ground="Identité vérifiée.", by=story.office, at=story.at)


def change_address(story: Story) -> None:
    story.filed()
    procedure.change_address(
        story.id, address="zoe.nouvelle@exemple.fr", checked="Carte d’identité vue.", by=story.office, at=story.at
    )


def transfer(story: Story) -> None:
    story.filed()
    region = factories.academy("Strasbourg").region
    procedure.transfer(story.id, region=region, ground="Licence obtenue à Strasbourg.", by=story.office, at=story.at)


def reopen_accepted(story: Story) -> None:
    accept(story)
    procedure.reopen(story.id, ground="Inscription refusée.", due_on=story.due_on, by=story.office, at=story.at)


def reopen_withdrawn(story: Story) -> None:
    story.filed()
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)
    procedure.reopen(story.id, ground="Retrait par erreur.", due_on=story.due_on, by=story.office, at=story.at)


def close(story: Story) -> None:
    story.admissible()
    story.consulting()
    procedure.close(story.id, law="Places vacantes.", facts="Aucune place.", by=story.signing, at=story.at)


def find_a_virus(story: Story) -> None:
    story.filed()
    procedure.settle_scan(story.referral.transcript.pk, virus="Eicar-Test", at=story.at)


def find_a_virus_in_confidence(story: Story) -> None:
    story.filed()
    procedure.request_health(story.id, words="Une gêne.", by=story.her, at=story.at)
    given = procedure.add_health_document(story.id, upload=factories.upload("certificat.pdf"), by=story.her, at=story.at)
    procedure.settle_scan(given.pk, virus="Eicar-Test", at=story.at)


def move_limit(story: Story) -> None:
    story.offered(3)
    procedure.record_mail(
        story.id,
        message_id="late",
        subject="Trois propositions",
        to_student=True,
        left=True,
        at=story.at + timedelta(days=2),
        limit_id=story.limit().pk,
    )


def write_note(story: Story) -> None:
    procedure.write_note(assigned(story.filed()).id, text="À rappeler.", by=story.office, at=story.at)


def write_to_student(story: Story) -> None:
    procedure.write_to_student(story.filed().id, text="Bonjour.", by=story.office, at=story.at)


def write_to_office(story: Story) -> None:
    uploads = [factories.upload()]
    procedure.write_to_office(assigned(story.filed()).id, text="Bonjour.", uploads=uploads, by=story.her, at=story.at)


def send_letter(story: Story) -> None:
    procedure.send_letter(story.filed().id, subject="Votre saisine", text="Bonjour.", by=story.office, at=story.at)


def adviser_of(story: Story) -> By:
    """Of her university, once she agreed to be followed."""
    adviser = factories.post(Role.ADVISER, institution=story.institution, name="Inès Exemple")
    procedure.set_adviser_consent(assigned(story.filed()).id, consent=True, by=story.her, at=story.at)
    return By.adviser(adviser)


def advise_student(story: Story) -> None:
    by = adviser_of(story)
    procedure.advise_student(story.id, text="Passez nous voir.", by=by, at=story.at)


def advise_office(story: Story) -> None:
    by = adviser_of(story)
    procedure.advise_office(story.id, text="Un projet solide.", by=by, at=story.at)


def give_mandate(story: Story) -> None:
    procedure.give_mandate(story.filed().id, name="Pascale Fictif", by=story.her, at=story.at)


def end_mandate(story: Story) -> None:
    give_mandate(story)
    procedure.end_mandate(story.id, by=story.her, at=story.at)


def consent(story: Story) -> None:
    story.filed()
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)


def extend(story: Story) -> None:
    story.offered(3)
    story.told()
    procedure.extend(story.id, days=7, ground="Cyclone.", source="Arrêté du jour", by=story.office, at=story.at)


def extend_what_was_over(story: Story) -> None:
    expire_all(story)
    story.at = instant("2026-07-08 10:00")
    procedure.extend(story.id, days=7, ground="Cyclone.", source="Arrêté du jour", by=story.office, at=story.at)


def doctor_of(story: Story) -> By:
    return By.medical(factories.post(Role.MEDICAL, region=story.academy.region, name="Mona Exemple"))


def ask_in_confidence(story: Story) -> None:
    doctor_of(story.filed())
    procedure.request_health(story.id, words="Des soins chaque mardi.", by=story.her, at=story.at)


def answer_in_confidence(story: Story) -> None:
    ask_in_confidence(story)
    procedure.give_opinion(story.id, favourable=True, needs="Près de Lyon.", by=doctor_of(story), at=story.at)


def send_first_of_each(story: Story) -> None:
    story.offered(1)


def send_third_of_each(story: Story) -> None:
    story.offered(2)
    story.later(days=3).sent()


def retract_one_of_each(story: Story) -> None:
    first, *_ = story.offered(3)
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Formation fermée.", by=story.office, at=story.at)


def decline_one_of_each(story: Story) -> None:
    first, *_ = story.offered(2)
    procedure.decline(story.id, offer_id=first.pk, reason="", by=story.her, at=story.at)


def expire_one_of_each(story: Story) -> None:
    story.offered(1)
    story.told().later(days=3).sent()
    limit = story.referral.limits.live().filter(kind=LimitKind.ANSWER).earliest("pk")
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)


def end_search_of_each(story: Story) -> None:
    story.offered(2)
    procedure.end_search(story.id, reason="Aucune autre place.", by=story.office, at=story.at)


STUDENT, INSTITUTION, OFFICE = "student", "institution", "office"
SIGNATORY, HEAD, FORMER, MEDICAL, DELEGATE = "signatory", "head", "former", "medical", "delegate"
FREED = (INSTITUTION, "Place libérée, saisine n°~{number}")
EXHAUSTED_IN_OFFICE = (OFFICE, "Propositions épuisées~: saisine n°~{number}")

TABLE: list[tuple[Callable[[Story], None], Told]] = [
    (file, [(STUDENT, "Saisine n°~{number}~: votre accusé de réception")]),
    (prove_licence, [(STUDENT, "Votre licence est enregistrée")]),
    (
        postpone_herself,
        [
            (STUDENT, "Votre licence est attendue le 4~septembre"),
            (OFFICE, "Licence attendue à une autre date~: saisine n°~{number}"),
        ],
    ),
    (postpone_for_her, [(STUDENT, "Votre licence est attendue le 4~septembre")]),
    (
        report_failure,
        [
            (STUDENT, "Votre licence n’est pas encore obtenue~: ce qui suit"),
            (OFFICE, "Échec au jury signalé~: saisine n°~{number}"),
        ],
    ),
    (choose_licence, [(STUDENT, "Votre saisine est fondée sur une autre licence")]),
    (ask_for_documents, [(STUDENT, "Des documents à envoyer avant le 30~juin")]),
    (supply, [(OFFICE, "Documents reçus~: saisine n°~{number}")]),
    (resume, [(STUDENT, "Vous n’avez plus de document à envoyer")]),
    (
        lapse_request,
        [
            (STUDENT, "Le délai pour envoyer vos documents est passé"),
            (OFFICE, "Documents non reçus~: saisine n°~{number}"),
        ],
    ),
    (admit, [(STUDENT, "Votre saisine est recevable")]),
    (refuse_to_admit, [(STUDENT, "Votre saisine est déclarée irrecevable")]),
    (prepare, [(SIGNATORY, "Décision à signer~: saisine n°~{number}")]),
    (withdraw_decision, [(STUDENT, "La décision d’irrecevabilité est retirée")]),
    (consult, []),
    (agree_itself, [(OFFICE, "Accord de l’établissement~: saisine n°~{number}")]),
    (refuse_itself, [(OFFICE, "Refus de l’établissement~: saisine n°~{number}")]),
    (refuse_by_telephone, []),
    (put_a_condition, [(OFFICE, "Réponse sous condition, sans accord~: saisine n°~{number}")]),
    (delegate, [(DELEGATE, "Une réponse vous est confiée~: place en master, saisine n°~{number}")]),
    (lapse_consultation, [(OFFICE, "Établissement sans réponse~: saisine n°~{number}")]),
    (send_first, [(STUDENT, "Une proposition vous attend")]),
    (send_third, [(STUDENT, "Trois propositions~: votre réponse avant le 6~juillet")]),
    (send_fourth, [(STUDENT, "Une nouvelle proposition~: votre réponse avant le 6~juillet")]),
    (retract_one_of_two, [(STUDENT, "Une proposition est retirée"), FREED]),
    (
        retract_accepted,
        [
            (STUDENT, "La place que vous aviez acceptée vous est retirée"),
            (INSTITUTION, "Place libérée, saisine n°~{number}~: n’inscrivez pas"),
        ],
    ),
    (retract_before_sending, [FREED]),
    (end_search_with_two, [(STUDENT, "La recherche est terminée~: votre réponse avant le 6~juillet")]),
    (end_search_with_none, [(STUDENT, "La recherche est terminée~: aucune proposition en attente"), EXHAUSTED_IN_OFFICE]),
    (escalate, [(HEAD, "Propositions encore dues~: saisine n°~{number}")]),
    (refer_to_commission, [(STUDENT, "Votre saisine est confiée à la commission régionale")]),
    (restart_limit, [(STUDENT, "Votre délai repart~: il court jusqu’au 9~juillet")]),
    (contact, []),
    (write_note, []),
    (write_to_student, [(STUDENT, "Le rectorat vous a écrit")]),
    (write_to_office, [(OFFICE, "Message de l’étudiant~: saisine n°~{number}")]),
    (send_letter, [(STUDENT, "Un courrier du rectorat")]),
    (advise_student, [(STUDENT, "Votre université vous a écrit")]),
    (advise_office, [(OFFICE, "Avis du SCUIO-BAIP~: saisine n°~{number}")]),
    (give_mandate, [(STUDENT, "Une personne peut parler en votre nom")]),
    (end_mandate, [(STUDENT, "Votre mandat a pris fin")]),
    (
        accept,
        [
            (STUDENT, "Vous avez accepté une proposition"),
            (INSTITUTION, "Place acceptée, saisine n°~{number}~: une inscription à venir"),
            FREED,
            FREED,
        ],
    ),
    (decline_one, [(STUDENT, "Votre refus est enregistré"), FREED]),
    (decline_all, [(STUDENT, "Vos propositions sont épuisées"), FREED, EXHAUSTED_IN_OFFICE]),
    (expire_all, [(STUDENT, "Vos propositions sont épuisées"), FREED, FREED, FREED, EXHAUSTED_IN_OFFICE]),
    (expire_but_one, [(STUDENT, "Le délai pour répondre est passé"), FREED, FREED, FREED]),
    (enrol, [(STUDENT, "Votre inscription est confirmée")]),
    (lose_by_refusal, [(STUDENT, "Votre inscription n’a pas abouti~: la recherche reprend"), FREED]),
    (lose_by_absence, [(STUDENT, "Votre inscription n’a pas été faite"), FREED]),
    (withdraw, [(STUDENT, "Votre saisine est retirée"), FREED, FREED]),
    (correct, [(STUDENT, "Votre dossier a été corrigé")]),
    (correct_an_application, [(STUDENT, "Votre dossier a été corrigé")]),
    (absorb, [(STUDENT, "Deux saisines réunies en une seule, n°~{number}")]),
    (merge, [(STUDENT, "Votre saisine n°~{number} est réunie à la saisine n°~{other}")]),
    (freeze, [(STUDENT, "Votre compte est gelé")]),
    (thaw, [(STUDENT, "Votre compte est rouvert")]),
    (
        change_address,
        [
            (STUDENT, "Cette adresse est maintenant celle de votre compte"),
            (FORMER, "Cette adresse n’est plus celle de votre compte"),
        ],
    ),
    (transfer, [(STUDENT, "Votre saisine est transmise à une autre région académique")]),
    (reopen_accepted, [(STUDENT, "Votre saisine est rouverte"), FREED]),
    (reopen_withdrawn, [(STUDENT, "Votre saisine est rouverte")]),
    (close, [(STUDENT, "Votre saisine est close"), FREED]),
    (find_a_virus, [(STUDENT, "Un virus dans un de vos fichiers~: envoyez-en un autre")]),
    (find_a_virus_in_confidence, [(STUDENT, "Un message vous attend")]),
    (move_limit, [(STUDENT, "Votre délai court désormais jusqu’au 7~juillet")]),
    (extend, [(STUDENT, "Votre délai est prolongé jusqu’au 13~juillet")]),
    (
        extend_what_was_over,
        [
            (STUDENT, "Vous pouvez de nouveau répondre, jusqu’au 13~juillet"),
            *[(INSTITUTION, "Place réservée de nouveau, saisine n°~{number}")] * 3,
        ],
    ),
    (ask_in_confidence, [(MEDICAL, "Une demande vous attend")]),
    (answer_in_confidence, [(STUDENT, "Un message vous attend")]),
    (consent, []),
    (Story.draft, []),
]
EACH_BY_ITSELF: list[tuple[Callable[[Story], None], Told]] = [
    (send_first_of_each, [(STUDENT, "Une proposition~: votre réponse avant le 29~juin")]),
    (send_third_of_each, [(STUDENT, "Une nouvelle proposition~: votre réponse avant le 1er~juillet")]),
    (retract_one_of_each, [(STUDENT, "Une proposition est retirée"), FREED]),
    (decline_one_of_each, [(STUDENT, "Votre refus est enregistré"), FREED]),
    (expire_one_of_each, [(STUDENT, "Le délai pour répondre est passé"), FREED]),
    (end_search_of_each, [(STUDENT, "La recherche est terminée~: vos délais ne changent pas")]),
]
"""Under rules by which each offer starts a clock of its own."""
EVERYTHING = [*((happens, expected, {}) for happens, expected in TABLE), *((*row, {"version": 2}) for row in EACH_BY_ITSELF)]


def begun(options: dict[str, int], **more) -> Story:
    """Return a story under the usual rules, or under later ones: each offer by itself, eight days."""
    each = {"answer_clock": AnswerClock.EACH_OFFER, "answer_days": 8} if options else {}
    return Story(**options, **each, **more)


def told(story: Story) -> Told:
    """Return what the last event of the story made known: to whom, under which subject."""
    last = story.referral.events.last()
    return list(Message.objects.filter(event=last).order_by("pk").values_list("audience", "subject"))


@pytest.mark.parametrize(("happens", "expected", "options"), EVERYTHING, ids=lambda value: getattr(value, "__name__", ""))
def test_who_hears_of_it_and_what(happens, expected, options):
    story = begun(options)
    happens(story)
    referral = story.referral
    numbers = {"number": referral.number, "other": referral.merged_into and referral.merged_into.number}
    assert told(story) == [(audience, subject.format(**numbers).replace("~", NBSP)) for audience, subject in expected]


@pytest.mark.parametrize(
    ("happens", "options"),
    [(happens, options) for happens, _, options in EVERYTHING],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_its_words_are_all_there(happens, options):
    story = begun(options, academy="La Réunion")
    happens(story)
    for message in Message.objects.all():
        everything = f"{message.subject}\n{message.text}\n{message.html}"
        assert UNDEFINED not in everything
        assert "None" not in everything
        assert "'" not in message.text
        assert "\n\n\n" not in message.text


def test_the_table_meets_every_mail():
    """Every mail of the catalogue is caused by a row above."""
    for happens, _, options in EVERYTHING:
        happens(begun(options))
    met = set(Message.objects.values_list("template", flat=True).distinct())
    assert met == {mail.template for mails in CATALOGUE.values() for mail in mails}


def test_letters_go_with_their_mail():
    story = Story()
    refuse_to_admit(story)
    attached = {message.template: message.attachment.kind for message in Message.objects.filter(attachment__isnull=False)}
    assert attached == {"filed": "receipt", "inadmissible": "inadmissible_letter"}


def test_the_mail_that_states_the_limit_announces_it():
    story = Story()
    send_third(story)
    announcing = Message.objects.get(limit__isnull=False)
    assert announcing.template == "offers_complete"
    assert announcing.limit == story.limit()


def test_a_later_offer_names_its_own_limit():
    story = Story()
    send_fourth(story)
    mail = Message.objects.get(template="offer_later")
    assert mail.limit.offer is not None
    assert "Vous avez jusqu’au lundi 6\N{NO-BREAK SPACE}juillet 2026 à\N{NO-BREAK SPACE}24" in mail.text
    assert "Cette proposition a son propre délai" in mail.text


def test_the_institution_learns_no_name_before_the_seat_is_taken():
    story = Story()
    accept(story)
    name, email = story.referral.full_name, story.student.email
    for message in Message.objects.filter(audience=INSTITUTION):
        knows = name in message.text or email in message.text
        assert knows == (message.template == "institution_seat_taken")


def test_an_institution_answers_the_caseworker():
    story = Story()
    retract_before_sending(story)
    assert Message.objects.get(audience=INSTITUTION).reply_to == story.caseworker.email


def test_so_does_the_colleague_it_lets_answer():
    """Who delegated is an account of the institution: not whom to write back to."""
    story = Story()
    delegate(story)
    message = Message.objects.get(audience=DELEGATE)
    assert (message.to, message.reply_to) == ("collegue@universite.exemple", story.caseworker.email)


def without_contact(story: Story) -> Vacancy:
    vacancy = story.vacancy()
    Vacancy.objects.filter(pk=vacancy.pk).update(contact_email="")
    return vacancy


def test_without_a_contact_the_accounts_of_the_institution_are_written_to():
    """Those of that day, of the institution or of one it is merged with; and the contact alone where there is one."""
    story = Story().admissible()
    former = factories.InstitutionFactory(successor=story.institution)
    for institution, email in ((story.institution, "une@u.exemple"), (former, "autre@u.exemple")):
        factories.post(Role.INSTITUTION, institution=institution, email=email)
    factories.post(Role.INSTITUTION, institution=story.institution, is_active=False)
    factories.post(Role.INSTITUTION, institution=factories.InstitutionFactory())
    factories.post(Role.ADVISER, institution=story.institution)
    ended = factories.post(Role.INSTITUTION, institution=story.institution)
    ended.posts.update(until=story.at.date() - timedelta(days=1))
    withdrawn(story, story.consulting(vacancy=without_contact(story)))
    freed = Message.objects.filter(template="institution_seat_freed")
    assert list(freed.order_by("pk").values_list("to", "audience")) == [
        ("autre@u.exemple", INSTITUTION),
        ("une@u.exemple", INSTITUTION),
    ]
    withdrawn(story, story.consulting())
    assert freed.latest("pk").to == "masters@universite.exemple"
    assert freed.count() == 3


def withdrawn(story: Story, offer: Offer) -> None:
    procedure.retract_offer(story.id, offer_id=offer.pk, ground="Erreur.", by=story.office, at=story.at)


def test_where_nobody_is_known_nobody_is_written_to():
    """No contact for the programme, no caseworker yet: the student is told all the same."""
    story = Story()
    story.admissible()
    offer = story.sent(vacancy=without_contact(story))
    procedure.decline(story.id, offer_id=offer.pk, reason="", by=story.her, at=story.at)
    assert told(story) == [(STUDENT, "Votre refus est enregistré")]


def test_a_rolled_back_verb_leaves_no_mail():
    story = Story().filed()
    before = Message.objects.count()
    seen = []

    def crash(events, **kwargs):
        seen.extend(Message.objects.filter(event__in=events))
        raise RuntimeError("the machine stops here")

    events_recorded.connect(crash)  # after the receiver that writes the mails
    try:
        with pytest.raises(RuntimeError):
            procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    finally:
        events_recorded.disconnect(crash)
    assert [message.template for message in seen] == ["admissible"]
    assert Message.objects.count() == before
