"""Open the account of a national administrator, the one who then opens all others."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from referrals.accounts.invitations import invite
from referrals.models import Post, Role, User


class Command(BaseCommand):
    help = "Ouvre le compte d’un administrateur national."

    def add_arguments(self, parser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args, email: str, name: str, **options) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"« {email} » n’est pas une adresse électronique.") from error
        with transaction.atomic():
            user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(email, name=name)
            Post.objects.get_or_create(user=user, role=Role.ADMINISTRATOR)
            link = invite(user, by=None, at=timezone.now())
        self.stdout.write(
            f"Compte ouvert. {email} y entre par ce lien, qui part aussi par courriel et ne sert qu’une fois : {link}"
        )
