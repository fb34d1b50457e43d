from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"
    verbose_name = "Saisines"

    def ready(self) -> None:
        """What a sign-in and a change of factors leave behind."""
        from allauth.account.signals import user_logged_in as signed_in
        from allauth.mfa.signals import authenticator_added, authenticator_removed
        from allauth.usersessions.models import UserSession
        from django.contrib.auth.signals import user_logged_in as session_opened
        from django.db.models.signals import pre_save

        from .accounts import places, second_factor, sessions

        session_opened.connect(sessions.note_beginning)
        signed_in.connect(places.note_sign_in)
        authenticator_added.connect(second_factor.note_added)
        authenticator_removed.connect(second_factor.note_removed)
        pre_save.connect(places.say_less, sender=UserSession)
