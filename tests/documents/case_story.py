"""One rich case, for whoever looks at its file: every strand, every kind of mail and document, and another student named in it."""

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from notifications import outbox
from notifications.models import Message
from referrals import procedure
from referrals.chains import anchor_heads
from referrals.models import DocumentKind, Role
from referrals.procedure import By
from tests import factories
from tests.story import Story


class CaseStory(Story):
    """A referral of La Réunion, from its draft to an accepted seat, through a refusal withdrawn; confidential request included."""

    def __init__(self) -> None:
        super().__init__(academy="La Réunion")
        self.other = Story(academy="La Réunion").filed(first_names="Violette Rose", birth_name="Tierce", ine="1234567890A")

    def told_whole(self) -> "CaseStory":
        other = self.other.referral
        self.draft(first_names="Zoé Anaïs", ine="0987654321B", project="Devenir archiviste, comme Violette Tierce.")
        procedure.request_health(self.id, words="Je suis suivie à l’hôpital de l’exemple.", by=self.her, at=self.at)
        procedure.add_health_document(self.id, upload=factories.upload("certificat.pdf"), by=self.her, at=self.at)
        procedure.file(self.id, by=self.her, at=self.at)
        self.later(hours=2).mails_leave()
        procedure.request_documents(
            self.id, wanted="Votre relevé complet : vous avez envoyé celui de Violette Tierce.", days=10, by=self.office, at=self.at
        )
        self.later(hours=2).mails_leave()
        upload = factories.upload("relevé de Violette Tierce.pdf", factories.pdf(2))
        procedure.add_document(self.id, kind=DocumentKind.OTHER, upload=upload, by=self.her, at=self.at)
        procedure.supply_documents(self.id, by=self.her, at=self.at)
        procedure.declare_inadmissible(
            self.id, law="Une licence nationale.", facts="Aucune licence nationale.", late=False, by=self.signing, at=self.at
        )
        self.later(days=1).mails_leave()
        procedure.withdraw_decision(self.id, ground="Erreur de lecture.", due_on=self.due_on, by=self.office, at=self.at)
        note = f"Comme Mme Tierce (saisine {other.number}, {other.student.email}, INE 1234567890a) ; vu avec Camille Exemple."
        procedure.declare_admissible(self.id, note=note, by=self.office, at=self.at)
        self.opinion()
        self.search()
        anchor_heads(at=self.at)
        self.later(days=1)
        procedure.record_first_reading(self.id, by=self.her, at=self.at)
        offer = self.referral.offers.on_the_table().order_by("pk").first()
        assert offer is not None
        procedure.accept(self.id, offer_id=offer.pk, by=self.her, at=self.at)
        self.later(hours=1).mails_leave()
        return self

    def opinion(self) -> None:
        medical = By.medical(factories.post(Role.MEDICAL, region=self.academy.region, name="Maxime Médecin"))
        document = self.referral.documents.get(kind=DocumentKind.HEALTH)
        procedure.record_health_reading(self.id, document_id=document.pk, by=medical, at=self.at)
        procedure.give_opinion(self.id, favourable=True, needs="À moins de 30 km de l’hôpital.", by=medical, at=self.at)
        self.later(hours=1).mails_leave()

    def search(self) -> None:
        """One institution says no, one keeps silent; three seats are offered."""
        refused = self.consulting()
        procedure.record_refusal(
            self.id, offer_id=refused.pk, reason="Complet, comme dit à Camille Exemple.", by=self.office, at=self.at
        )
        for _ in range(3):
            self.sent()
        self.later(hours=1).mails_leave()

    def mails_leave(self) -> "CaseStory":
        """Send what is due. Its letters are blank pages: rendering them is tested elsewhere, and takes a second each."""
        for letter in self.referral.documents.letters().filter(file=""):
            blank = factories.pdf()
            letter.file.name = default_storage.save(f"lettres/{letter.key.hex}.pdf", ContentFile(blank))
            letter.size, letter.sha256 = len(blank), sha256(blank).hexdigest()
            letter.save()
        for pk in Message.objects.due(at=self.at).filter(referral=self.id).order_by("pk").values_list("pk", flat=True):
            outbox.deliver(pk, at=self.at)
        return self
