"""What the mails of the law's acts say, to the word and to the day."""

from datetime import date, timedelta

import pytest

from notifications import outbox
from notifications.models import Message
from referrals import procedure
from referrals.models import DocumentKind, Enrolment, LimitKind, OtherLicence, Role
from referrals.procedure import CLOCK
from referrals.rules.rule_sets import AnswerClock
from referrals.rules.states import Action
from tests import factories
from tests.factories import instant
from tests.story import Story
from vacancies.models import AcademicRegion

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
EACH = {"answer_clock": AnswerClock.EACH_OFFER, "answer_days": 8}
AT = "lundi 6 juillet 2026 à 12 h 00 (heure de La Réunion, UTC+4)"


def there(**options) -> Story:
    """A story in La Réunion, begun on 6 July 2026 at noon there, in the morning in Paris."""
    return Story(academy="La Réunion", at=instant("2026-07-06 10:00 Europe/Paris"), **options)


def said(template: str, *, subject: str | None = None) -> str:
    """Return the words of the only mail of that template, without its greeting, its links and its signature."""
    message = Message.objects.get(template=template)
    if subject is not None:
        assert message.subject == subject.replace("~", NBSP)
    paragraphs = message.text.replace(NBSP, " ").strip().split("\n\n")
    return "\n\n".join(block for block in paragraphs[1:-2] if "http://" not in block)


def programme(offer) -> str:
    return f"– {offer.vacancy.programme.title}, {offer.vacancy.programme.institution} (Lyon)"


def test_another_day_for_the_jury():
    story = there().filed(expected=True)
    procedure.postpone_licence(story.id, expected_on=date(2026, 9, 4), note="", by=story.her, at=story.at)
    assert said("licence_postponed", subject="Votre licence est attendue le 4~septembre") == (
        "Vous avez indiqué que votre licence est maintenant attendue le vendredi 4 septembre 2026, et non plus le vendredi 10 "
        "juillet 2026.\n\n"
        f"Votre saisine reste déposée, et la date du dépôt, le {AT}, ne change pas. Dès votre licence obtenue, ajoutez votre "
        "relevé de notes définitif sur la page de votre saisine : l’examen pourra alors commencer.\n\n"
        "Si ce jour passe sans nouvelles de vous, un courriel vous demandera où vous en êtes."
    )


def test_a_failure_is_answered_kindly_and_with_what_follows():
    story = there().filed(expected=True)
    procedure.report_failure(story.id, note="", by=story.her, at=story.at)
    text = said("failure_reported", subject="Votre licence n’est pas encore obtenue~: ce qui suit")
    assert text.startswith(
        f"Vous avez signalé le {AT} que le jury ne vous a pas délivré la licence. Nous savons que cette nouvelle est difficile. "
        "Rien n’est refusé automatiquement, et vous n’avez pas à retirer votre saisine.\n\n"
    )
    assert "– une autre session vous attend : indiquez-en la date, et votre saisine attendra" in text
    assert Message.objects.filter(template="office_failure_reported").count() == 0  # nobody follows the file yet


def test_the_licence_chosen_for_her():
    story = there().filed()
    other = OtherLicence.objects.create(
        referral=story.referral, title="Lettres", institution=story.institution, academy=story.academy, on=date(2025, 7, 1)
    )
    procedure.choose_licence(story.id, other_licence_id=other.pk, ground="La plus favorable.", by=story.office, at=story.at)
    assert said("licence_chosen", subject="Votre saisine est fondée sur une autre licence") == (
        "Vous avez déclaré plusieurs licences. Le rectorat fonde maintenant votre saisine sur celle-ci : Lettres, "
        f"{story.institution}, obtenue le mardi 1er juillet 2025.\n\n"
        "Motif :\n\n"
        "La plus favorable.\n\n"
        "La date du dépôt de votre saisine ne change pas. Si ce choix vous paraît faux, écrivez au rectorat."
    )


def test_a_correction_says_what_changed_and_that_no_limit_did():
    story = there().filed()
    procedure.correct_facts(
        story.id, facts={"birth_date": date(2004, 3, 1), "ine": "0123456789A"}, ground="Acte relu.", by=story.office, at=story.at
    )
    assert said("facts_corrected", subject="Votre dossier a été corrigé") == (
        "Le rectorat a corrigé votre dossier :\n\n"
        "– date de naissance : « 29/02/2004 » devient « 01/03/2004 »\n"
        "– INE : rien devient « 0123456789A »\n\n"
        "Motif :\n\n"
        "Acte relu.\n\n"
        "Vos délais ne changent pas.\n\n"
        "Si cette correction vous paraît fausse, écrivez au rectorat."
    )


def test_a_correction_that_makes_a_late_referral_timely_says_so():
    """Licence on 1 June, opening on 15 June: until 30 June, and filed on 6 July. The licence was of 22 June: until 7 July."""
    story = Story(at=instant("2026-07-06 10:00")).filed(licence_on=date(2026, 6, 1))
    procedure.correct_facts(story.id, facts={"licence_on": date(2026, 6, 22)}, ground="Relevé relu.", by=story.office, at=story.at)
    assert (
        "Le délai pour déposer votre saisine est recalculé : il courait jusqu’au mardi 7 juillet 2026 à 24 h 00 (heure de Paris, "
        "UTC+2), et non jusqu’au mardi 30 juin 2026. Votre saisine a donc été déposée à temps."
    ) in said("facts_corrected")


def test_a_correction_that_moves_the_answer_limit_gives_its_new_last_day():
    """Three offers of 2 July at noon in Lyon run until 17 July in Paris; the licence was Martinique's, whose midnight is later."""
    story = Story(at=instant("2026-07-02 10:00"))
    story.offered()
    story.told()
    procedure.correct_facts(
        story.id, facts={"licence_academy": factories.academy("Martinique")}, ground="Site.", by=story.office, at=story.at
    )
    assert (
        "Votre délai pour répondre aux propositions est recalculé : il court jusqu’au vendredi 17 juillet 2026 à 24 h 00 (heure de "
        "la Martinique, UTC−4), et non plus jusqu’au vendredi 17 juillet 2026."
    ) in said("facts_corrected")
    assert Message.objects.get(template="facts_corrected").limit is None  # she had been told: it runs on


def test_a_correction_before_the_mail_left_announces_the_limit_itself(server):
    """The mail of the offers was not sent: its limit is superseded. Nobody's clock runs untold, so the correction tells it."""
    story = Story(at=instant("2026-07-02 10:00"))
    story.offered()
    procedure.correct_facts(
        story.id, facts={"licence_academy": factories.academy("Martinique")}, ground="Site.", by=story.office, at=story.at
    )
    mail = Message.objects.get(template="facts_corrected")
    assert (mail.limit, story.limit().told_at) == (story.limit(), None)
    outbox.deliver(mail.pk, at=story.at)
    mail.refresh_from_db()
    assert story.limit().told_at == mail.sent_at


def test_the_first_offer_under_rules_that_give_each_its_clock():
    """Sent on 6 July, eight days: until 14 July, a holiday, so 15 July at midnight in La Réunion."""
    story = there(**EACH)
    (offer,) = story.offered(1)
    assert said("offer_with_its_limit", subject="Une proposition~: votre réponse avant le 15~juillet") == (
        f"Le rectorat vous propose une place en première année de master :\n\n{programme(offer)}\n\n"
        "Vous avez 8 jours pour répondre à cette proposition, jusqu’au mercredi 15 juillet 2026 à 24 h 00 (heure de La Réunion, "
        "UTC+4). Ce délai court à compter du lundi 6 juillet 2026.\n\n"
        "Sans réponse de votre part dans ce délai, la proposition devient caduque et sa place est rendue à d’autres étudiants. "
        "Accepter une proposition libère les autres et met fin à la recherche ; refuser une proposition n’engage que celle-là."
    )
    assert "Chaque proposition aura son propre délai de réponse, qui commencera le jour de son envoi" in said("admissible")


def test_the_third_does_not_pretend_that_the_others_start_again():
    story = there(**EACH)
    story.offered(2)
    third = story.later(days=3).sent()
    message = Message.objects.filter(template="offer_with_its_limit").latest("pk")
    assert (message.subject, message.limit) == (
        f"Une nouvelle proposition{NBSP}: votre réponse avant le 17{NBSP}juillet",
        story.limit(offer=third),
    )
    text = message.text.replace(NBSP, " ")
    assert text.count("– ") == 1
    assert (
        "Vous avez 8 jours pour répondre à cette proposition, jusqu’au vendredi 17 juillet 2026 à 24 h 00 (heure de La Réunion, "
        "UTC+4). Ce délai court à compter du jeudi 9 juillet 2026. Chaque proposition a le sien : celui des autres ne change pas."
    ) in text


def test_taking_one_of_them_back_leaves_the_others_their_days():
    story = there(**EACH)
    first, *_ = story.offered(3)
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Fermée.", by=story.office, at=story.at)
    assert said("offer_retracted").endswith(
        "Vos autres propositions ne changent pas, ni le délai pour y répondre. La recherche reprend."
    )


def test_taking_one_back_under_the_common_clock_stops_it():
    story = there()
    first, *_ = story.offered(3)
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Fermée.", by=story.office, at=story.at)
    assert said("offer_retracted").endswith(
        "Vous avez maintenant moins de trois propositions : le délai pour répondre ne court plus. Un nouveau délai commencera avec "
        "la dernière des propositions dues."
    )


def test_the_end_of_the_search_where_each_offer_has_its_own_days():
    story = there(**EACH)
    (offer,) = story.offered(1)
    procedure.end_search(story.id, reason="Aucune autre place.", by=story.office, at=story.at)
    assert said("search_ended_limits_stand", subject="La recherche est terminée~: vos délais ne changent pas") == (
        "Le rectorat met fin à la recherche : il n’y aura pas d’autre proposition. Il en donne le motif :\n\n"
        "Aucune autre place.\n\n"
        f"Une proposition attend votre réponse, et son délai ne change pas :\n\n{programme(offer)}"
    )


def test_a_limit_that_starts_again():
    story = there()
    offers = story.offered(3)
    story.told().later(days=4)
    procedure.restart_limit(
        story.id, limit_id=story.limit().pk, start=date(2026, 7, 9), ground="Boîte pleine.", by=story.office, at=story.at
    )
    assert said("limit_restarted", subject="Votre délai repart~: il court jusqu’au 24~juillet") == (
        "L’un de vos délais courait jusqu’au mardi 21 juillet 2026. Le rectorat a constaté que ce délai ne vous avait pas été "
        "annoncé comme il le devait, et le fait repartir :\n\n"
        "Boîte pleine.\n\n"
        + "\n".join(programme(offer) for offer in offers)
        + "\n\nVous avez jusqu’au vendredi 24 juillet 2026 à 24 h 00 (heure de La Réunion, UTC+4) pour répondre. Ce délai court à "
        "compter du jeudi 9 juillet 2026.\n\n"
        "Sans réponse de votre part dans ce délai, chaque proposition restée sans réponse devient caduque et sa place est rendue à "
        "d’autres étudiants. Accepter une proposition libère les autres et met fin à la recherche ; refuser une proposition "
        "n’engage que celle-là."
    )


def test_a_limit_for_documents_that_starts_again():
    story = there().filed()
    procedure.request_documents(story.id, wanted="Le relevé.", days=10, by=story.office, at=story.at)
    story.told().later(days=4)
    limit = story.limit(LimitKind.SUPPLY)
    procedure.restart_limit(story.id, limit_id=limit.pk, start=date(2026, 7, 9), ground="Panne.", by=story.office, at=story.at)
    text = said("limit_restarted", subject="Votre délai repart~: il court jusqu’au 20~juillet")
    assert "Vous avez maintenant jusqu’au lundi 20 juillet 2026 à 24 h 00 (heure de La Réunion, UTC+4) pour envoyer" in text


def test_the_acceptance_says_what_comes_next_and_by_when():
    story = there()
    offer, *_ = story.offered(3)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    assert said("accepted", subject="Vous avez accepté une proposition") == (
        f"Votre acceptation est enregistrée, le {AT} :\n\n{programme(offer)}\n\n"
        "La place est à vous. Il vous reste à vous inscrire : l’inscription se fait auprès de l’établissement, qui a reçu votre "
        "nom et votre adresse électronique. Prenez contact avec lui sans attendre (masters@universite.exemple) et présentez-lui "
        "l’attestation jointe à ce courriel, en PDF. Vous la retrouverez à tout moment sur la page de votre saisine.\n\n"
        "L’établissement doit confirmer votre inscription au rectorat avant le mercredi 5 août 2026. Une fois cette date passée, "
        "le rectorat lui demande ce qu’il en est ; si l’inscription n’a pas pu se faire, la recherche peut reprendre.\n\n"
        "Vos autres propositions sont libérées, et la recherche prend fin."
    )
    assert "Merci de faire savoir au rectorat, avant le mercredi 5 août 2026, si l’inscription est faite." in Message.objects.get(
        template="institution_seat_taken"
    ).text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("outcome", "template", "follows"),
    [
        (Enrolment.REFUSED, "enrolment_refused", "Le rectorat reprend la recherche dès maintenant"),
        (Enrolment.NOT_COME, "enrolment_missed", "Le rectorat va décider de reprendre la recherche ou d’en rester là."),
    ],
)
def test_an_enrolment_that_did_not_come_about_is_told_by_what_the_institution_says(outcome, template, follows):
    story = there()
    offer, *_ = story.offered(3)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    offer.refresh_from_db()
    story.later(days=7).lose(offer, outcome=outcome)
    text = said(template)
    assert text.startswith("L’établissement a fait savoir, le lundi 13 juillet 2026, ")
    assert follows in text
    assert programme(offer) in text
    told = Message.objects.filter(template__startswith="enrolment_").values_list("template", flat=True)
    assert list(told) == [template]


def test_the_enrolment_ends_it():
    story = there()
    offer, *_ = story.offered(3)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    procedure.record_enrolment(story.id, offer_id=offer.pk, on=date(2026, 7, 8), by=story.office, at=story.later(days=3).at)
    assert said("enrolled", subject="Votre inscription est confirmée") == (
        f"L’établissement a confirmé votre inscription, constatée le mercredi 8 juillet 2026 :\n\n{programme(offer)}\n\n"
        "Votre saisine est terminée : nous vous souhaitons une bonne année universitaire. Si cette inscription n’est pas faite, "
        "écrivez au rectorat sans attendre."
    )


def test_a_file_taken_up_again_says_by_when():
    story = there().filed()
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)
    procedure.reopen(story.id, ground="Retrait par erreur.", due_on=date(2026, 7, 20), by=story.office, at=story.at)
    assert said("reopened", subject="Votre saisine est rouverte") == (
        f"Le rectorat a rouvert votre saisine le {AT}, pour le motif suivant :\n\n"
        "Retrait par erreur.\n\n"
        "Le rectorat doit traiter votre dossier avant le lundi 20 juillet 2026.\n\n"
        "Le rectorat vérifie que votre saisine est recevable."
    )


def test_a_decision_withdrawn_says_by_when():
    story = there().filed()
    procedure.declare_inadmissible(story.id, law="L.", facts="F.", late=False, by=story.signing, at=story.at)
    procedure.withdraw_decision(story.id, ground="Erreur.", due_on=date(2026, 7, 20), by=story.office, at=story.at)
    assert said("decision_withdrawn").endswith(
        "Le rectorat doit traiter votre dossier avant le lundi 20 juillet 2026. Vous n’avez rien à faire pour l’instant : vous "
        "recevrez un courriel à la prochaine étape."
    )


def test_the_commission():
    story = there().admissible()
    procedure.refer_to_commission(story.id, note="Entre nous.", by=story.office, at=story.at)
    text = said("commission", subject="Votre saisine est confiée à la commission régionale")
    assert text == (
        f"Le rectorat n’a pas pu vous faire les trois propositions dues. Le {AT}, il a confié votre saisine à la commission "
        "régionale d’accès au master, qui cherche à vous faire une ou plusieurs propositions (décret n° 2021-629 du 22 mai "
        "2021).\n\n"
        "Vous n’avez rien à faire pour l’instant : vous recevrez un courriel à la prochaine étape."
    )


def test_two_referrals_put_together_each_tell_of_the_other():
    ended, kept = there(), there()
    ended.filed()
    kept.later(days=1).filed()
    procedure.merge(kept.id, other_id=ended.id, ground="Deux comptes.", by=kept.office, at=kept.at)
    numbers = kept.referral.number, ended.referral.number
    assert said("absorbed", subject="Deux saisines réunies en une seule, n°~{}".format(*numbers)) == (
        "Deux saisines avaient été déposées à votre nom dans cette campagne. Le rectorat les a réunies, pour le motif suivant :\n\n"
        "Deux comptes.\n\n"
        "– celle qui continue porte le numéro {} ;\n– celle qui prend fin portait le numéro {}.\n\n".format(*numbers)
        + f"La plus ancienne des deux dates de dépôt est retenue : le {AT}. Les documents et les candidatures de l’autre saisine "
        "sont repris dans celle-ci. Vous n’avez rien à faire.\n\n"
        "Si l’autre saisine n’est pas de vous, écrivez au rectorat sans attendre."
    )
    text = said("merged", subject="Votre saisine n°~{1} est réunie à la saisine n°~{0}".format(*numbers))
    assert f"Tout se passe désormais dans la saisine n° {numbers[0]}, depuis le compte avec lequel elle a été déposée." in text
    assert [Message.objects.get(template=name).to for name in ("absorbed", "merged")] == [kept.student.email, ended.student.email]
    assert kept.student.email not in text


def test_a_frozen_account_learns_where_to_go_and_not_why():
    """Somebody else may be reading: the ground stays in the history."""
    story = there().filed()
    AcademicRegion.objects.update(address="Rectorat\n24 avenue de l’Exemple\n97400 Saint-Denis")
    procedure.freeze_account(story.id, ground="Un appel inquiétant.", by=story.office, at=story.at)
    message = Message.objects.get(template="account_frozen")
    assert "L’adresse du rectorat :\n\nRectorat\n24 avenue de l’Exemple\n97400 Saint-Denis\n" in message.text.replace(NBSP, " ")
    assert "Un appel inquiétant." not in message.text
    assert "http" not in message.text  # she cannot sign in


def test_both_addresses_are_told_and_the_former_one_learns_nothing_more():
    story = there().filed()
    former = story.student.email
    procedure.change_address(
        story.id, address="Zoe.Nouvelle@exemple.fr", checked="Carte d’identité vue.", by=story.office, at=story.at
    )
    new, old = Message.objects.get(template="address_changed"), Message.objects.get(template="address_no_longer")
    assert (new.to, old.to) == ("zoe.nouvelle@exemple.fr", former)
    assert "/compte/password/reset/" in new.text
    for secret in ("zoe.nouvelle", "Zoé", "Carte d’identité vue", "http"):
        assert secret not in old.text
    assert old.text.replace(NBSP, " ").startswith(
        "Bonjour,\n\n"
        "Après une vérification d’identité, le rectorat a changé l’adresse électronique du compte de cette saisine, le "
        f"{AT}. Cette adresse-ci ne recevra plus rien, et ne permet plus de se connecter."
    )


def test_a_file_that_lacks_offers_near_the_end_goes_to_a_head_by_name():
    story = there()
    story.offered(1)
    assert story.signer.name == "Dominique Exemple"
    procedure.escalate(story.id, by=CLOCK, at=instant("2026-10-17 02:30"))
    message = Message.objects.get(template="office_escalated")
    assert (message.to, message.audience) == (story.signer.email, "head")
    assert message.text.replace(NBSP, " ").startswith(
        "Bonjour Dominique Exemple,\n\n"
        "Cette saisine vous est confiée nommément : une seulement des trois propositions dues a été faite. Le dernier jour de la "
        "campagne pour en faire est le samedi 31 octobre 2026.\n\n"
    )


def signer(story: Story, name: str, *, role: Role = Role.HEAD, region=None, delegation: str = "arrêté du 2 mai", **fields):
    capacity = "cheffe de division" if delegation else ""
    region = region or story.academy.region
    return factories.post(role, region=region, name=name, capacity=capacity, delegation=delegation, **fields)


def prepare(story: Story, by) -> list[str]:
    procedure.prepare_decision(story.id, action=Action.DECLARE_INADMISSIBLE, law="L.", facts="F.", by=by, at=story.at)
    return list(Message.objects.filter(template="office_decision_prepared").order_by("to").values_list("to", flat=True))


def test_a_prepared_decision_is_told_to_those_who_may_sign_it_there_today():
    story = there().filed()
    may = [signer(story, "Une"), signer(story, "Deux", role=Role.CASEWORKER)]
    signer(story, "Sans délégation", delegation="")
    signer(story, "D’ailleurs", region=factories.academy("Lyon").region)
    signer(story, "Partie", is_active=False)
    signer(story, "Administration", role=Role.ADMINISTRATOR)  # she reads and administers: no file is hers to decide
    past = signer(story, "Autrefois")
    past.posts.update(until=story.at.date() - timedelta(days=1))
    assert prepare(story, story.office) == sorted(user.email for user in may)
    text = Message.objects.filter(template="office_decision_prepared").earliest("pk").text.replace(NBSP, " ")
    assert text.startswith(
        "Bonjour,\n\n"
        "Camille Exemple a préparé une décision dans cette saisine, que vous avez délégation pour signer : déclarer "
        "irrecevable.\n\n"
        "En droit : L.\nEn fait : F.\n\n"
    )


def test_who_prepares_and_may_sign_herself_is_not_written_to():
    story = there().filed()
    assert prepare(story, story.signing) == []


def test_a_vice_rectorate_signs_its_mails_so():
    story = Story(academy="Nouvelle-Calédonie", at=instant("2026-07-06 10:00"))
    AcademicRegion.objects.filter(pk="R988").update(vice_rectorate=True)
    story.filed()
    assert "\nLe vice-rectorat de la Nouvelle-Calédonie\nSaisine n°" in Message.objects.get(template="filed").text


def test_filing_while_the_licence_is_awaited_names_the_day():
    there().filed(expected=True)
    assert "Vous l’attendez le vendredi 10 juillet 2026 ; si cette date change, indiquez la nouvelle sur la même page." in said(
        "filed"
    )


def test_the_letter_of_a_closing_goes_with_its_mail():
    story = there().admissible()
    procedure.close(story.id, law="L.", facts="F.", by=story.signing, at=story.at)
    assert Message.objects.get(template="closed").attachment.kind == DocumentKind.CLOSING_LETTER
    assert said("closed").endswith("Motifs de la décision :\n\nEn droit : L.\nEn fait : F.")
