"""Prove the whole history, and say where it does not hold."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localtime

from referrals.chains import Breach, prove
from referrals.models import Anchor, Referral


class Command(BaseCommand):
    help = "Vérifie chaque chaîne de l’historique et chaque scellé ; sort avec le code 1 et nomme ce qui ne tient pas."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--expect",
            metavar="EMPREINTE",
            help="empreinte d’un scellé gardée ailleurs (journal, page imprimée) : elle doit figurer parmi les scellés",
        )

    def handle(self, *args, expect: str | None, **options) -> None:
        proof = prove()
        self.stdout.write(f"Chaînes vérifiées : {proof.chains} ; événements : {proof.events}.")
        self.stdout.write(f"Scellés vérifiés : {proof.anchors} ; têtes de chaîne scellées : {proof.heads}.")
        if last := Anchor.objects.order_by("-pk").first():
            self.stdout.write(f"Dernier scellé, le {localtime(last.at):%d/%m/%Y à %H:%M:%S %Z} : {last.digest}")
        else:
            self.stdout.write("Aucun scellé pour le moment.")
        faults = in_words(proof.breaches)
        if expect is not None and not Anchor.objects.filter(digest=expect.strip().lower()).exists():
            faults.append(
                f"Aucun scellé ne porte l’empreinte « {expect} » : elle est mal recopiée, ou les scellés ont été réécrits depuis."
            )
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write("L’historique est intact.")


def in_words(breaches: list[Breach]) -> list[str]:
    """Return each breach as a sentence, with the number of its referral."""
    touched = Referral.objects.filter(pk__in={breach.referral_id for breach in breaches if breach.referral_id})
    numbers = dict(touched.values_list("pk", "number"))
    return [f"{_where(breach, numbers)} : {breach.flaw.label}." for breach in breaches]


def _where(breach: Breach, numbers: dict[int, str | None]) -> str:
    if breach.referral_id is None:
        return f"Scellé {breach.anchor_id}"
    name = f"Saisine {numbers.get(breach.referral_id) or f'sans numéro (identifiant {breach.referral_id})'}"
    return f"{name}, événement {breach.seq}" if breach.seq else name
