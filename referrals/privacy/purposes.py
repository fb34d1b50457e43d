"""What personal data are held for, on what legal ground, who receives them and how long they are kept: as data, shown on a page.

The periods are those of `referrals.rules.retention`, which the erasure obeys: what the page says is what is done. They are
defaults, which the controller confirms in its register of processing or changes.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..rules.retention import PERIODS, Category

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """One reason to hold data. data: which; basis: on what ground; recipients: who reads them; kept: for how long."""

    code: str
    title: Text
    data: Text
    basis: Text
    recipients: Text
    kept: tuple[Category, ...]

    @property
    def periods(self) -> list[Text]:
        return [SAID[category] for category in self.kept]


PUBLIC_TASK = _(
    "mission d’intérêt public (RGPD, article 6, paragraphe 1, e), confiée au recteur de région académique par le code de "
    "l’éducation "
    "(articles L. 612-6 et R. 612-36-3)"
)
HEALTH_GROUND = _(
    "mission d’intérêt public (RGPD, article 6, paragraphe 1, e) ; pour les données de santé, motif d’intérêt public important "
    "(article 9, paragraphe 2, g), pour la demande que prévoit le code de l’éducation (article D. 612-36-3-1), à votre seule "
    "initiative "
    "et avec votre accord"
)
PURPOSES = (
    Purpose(
        code="examine",
        title=_("Examiner votre saisine et vous proposer une inscription en master"),
        data=_(
            "identité, date de naissance, INE, adresse électronique et téléphone ; licence, candidatures et leurs réponses, "
            "projet ; "
            "relevés de notes, CV, lettre et autres documents ; propositions, délais, décisions et courriers ; messages et appels"
        ),
        basis=PUBLIC_TASK,
        recipients=_(
            "le rectorat de votre région académique ; l’établissement à qui une place est demandée, pour vos relevés, CV et "
            "lettre, tant "
            "que cette demande vaut ; la commission régionale, si elle est saisie ; l’administration nationale du service"
        ),
        kept=(Category.DOCUMENTS, Category.CASE),
    ),
    Purpose(
        code="draft",
        title=_("Garder votre brouillon jusqu’à ce que vous le déposiez"),
        data=_("ce que vous y écrivez et les documents que vous y mettez"),
        basis=PUBLIC_TASK,
        recipients=_("vous seul ; le service d’orientation de votre université, si vous le lui ouvrez"),
        kept=(Category.DRAFT,),
    ),
    Purpose(
        code="health",
        title=_("Tenir compte d’une situation de santé ou de handicap, si vous le demandez"),
        data=_("ce que vous écrivez au médecin conseiller et les documents que vous lui donnez : ils sont chiffrés"),
        basis=HEALTH_GROUND,
        recipients=_("le médecin conseiller du recteur, et lui seul ; le rectorat lit les besoins à respecter, jamais leur cause"),
        kept=(Category.HEALTH,),
    ),
    Purpose(
        code="guidance",
        title=_("Vous faire suivre par le service d’orientation de votre université, si vous l’acceptez"),
        data=_("l’avancement de votre saisine ; vos documents et vos propositions seulement si vous les lui montrez"),
        basis=_(
            "mission d’intérêt public (RGPD, article 6, paragraphe 1, e) ; rien n’est montré sans votre accord, que vous "
            "pouvez reprendre"
        ),
        recipients=_("le SCUIO-BAIP de l’université où vous avez obtenu la licence"),
        kept=(Category.CASE,),
    ),
    Purpose(
        code="account",
        title=_("Ouvrir votre compte, le protéger et vous écrire"),
        data=_("adresse électronique, téléphone, langue, empreinte du mot de passe ; connexions et sessions ; courriels envoyés"),
        basis=PUBLIC_TASK,
        recipients=_("vous ; le rectorat pour les coordonnées ; l’administration du service pour les incidents de sécurité"),
        kept=(Category.ACCOUNT, Category.MAILS),
    ),
    Purpose(
        code="proof",
        title=_("Prouver ce qui a été fait, et quand"),
        data=_(
            "l’historique de votre saisine ; qui a consulté vos documents, par service et fonction. Après l’effacement il n’en "
            "reste que "
            "des dates et des codes, sans nom ni texte"
        ),
        basis=PUBLIC_TASK,
        recipients=_("vous ; le rectorat ; le juge, en cas de recours"),
        kept=(Category.CASE,),
    ),
    Purpose(
        code="statistics",
        title=_("Publier des statistiques"),
        data=_("des comptes : aucune personne n’y est reconnaissable, les petits effectifs sont masqués"),
        basis=PUBLIC_TASK,
        recipients=_("tout le monde"),
        kept=(),
    ),
)
SAID: dict[Category, Text] = {
    category: format_lazy(words, days=PERIODS[category].days, months=PERIODS[category].months)
    for category, words in {
        Category.DRAFT: _("un brouillon non déposé : {days} jours après la fin de la campagne"),
        Category.HEALTH: _("la demande confidentielle et ses documents : {months} mois après la fin de la campagne"),
        Category.DOCUMENTS: _("les documents que vous avez donnés : {months} mois après la fin de la campagne"),
        Category.CASE: _("le reste du dossier : {months} mois après la fin de la campagne"),
        Category.MAILS: _("les courriels hors d’un dossier : {months} mois après leur envoi"),
        Category.ACCOUNT: _("un compte sans dossier : {months} mois après la dernière connexion"),
    }.items()
}
"""The periods as a student reads them."""


RIGHTS: tuple[tuple[Text, Text], ...] = (
    (
        _("Accès (article 15)"),
        _("vous téléchargez tout ce que nous détenons sur vous, et vous voyez qui a consulté vos documents."),
    ),
    (
        _("Rectification (article 16)"),
        _(
            "vous corrigez vous-même vos coordonnées ; ce qui a été déposé, le rectorat le corrige à votre demande, et la "
            "trace en reste."
        ),
    ),
    (
        _("Effacement (article 17)"),
        _(
            "vous effacez vous-même un brouillon et un compte sans saisine déposée. Une saisine déposée est gardée jusqu’à la "
            "fin de sa "
            "durée : le droit à l’effacement ne s’applique pas à ce qui est nécessaire à une mission d’intérêt public "
            "(paragraphe 3, b)."
        ),
    ),
    (
        _("Limitation (article 18)"),
        _("vous pouvez demander que rien ne soit effacé, par exemple pendant un recours."),
    ),
    (
        _("Opposition (article 21)"),
        _("vous dites au rectorat les raisons qui tiennent à votre situation ; il vous répond, et sa réponse est écrite."),
    ),
)
"""The rights of the person (RGPD), each with what it gives here. There is none of portability: no data rest on consent or contract.
"""
