"""What students ask, and short answers. Numbers and what varies come from the campaign's rules; no answer retypes one.

A sentence that stands elsewhere (a limit's, a rule's, a state's) is taken from there.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..rules.eligibility import DIPLOMAS, FAQ_2023
from ..rules.rule_sets import HEALTH, LAW, NOTE_2018, TEXTS, AnswerClock, Silence, WaitingList
from ..rules.states import State
from ..wording import STATES
from ..wording_limits import LIMITS

Words = Promise | str
"""Lazy, or marked for the catalogues where it stands."""


class Varying(NamedTuple):
    """A paragraph for each value that ``rule`` may have."""

    rule: str
    by: Mapping[Any, Words]


class Question(NamedTuple):
    """key: its anchor. rules: whose values and sources are given below the answer; MINIMA stands for those that are asked for.

    law: what else it rests on. leads_to: names of addresses, each with the words of its link.
    """

    key: str
    asked: Words
    answer: tuple[Words | Varying, ...]
    rules: tuple[str, ...] = ()
    law: Words = ""
    leads_to: tuple[tuple[str, Words], ...] = ()


MINIMA = "minima"
CHECK = ("may_i_refer", _("Vérifier en quelques questions : « Puis-je saisir ? »"))
DATES = ("dates", _("Les dates, académie par académie"))
CONTACTS = ("contacts", _("Les contacts des rectorats et des universités"))
VACANCIES = ("vacancies:list", _("Voir les places vacantes"))

QUESTIONS: dict[Words, tuple[Question, ...]] = {
    _("Puis-je saisir le recteur ?"): (
        Question(
            "qui",
            _("Qui peut saisir le recteur ?"),
            (
                _("Vous avez une licence, diplôme national, ou vous l’attendez cette année."),
                _("Vous avez candidaté en première année de master (M1), et aucune réponse n’a été positive."),
            ),
            rules=("licence_years", MINIMA),
            law=LAW,
            leads_to=(CHECK,),
        ),
        Question(
            "conditions",
            _("Je ne suis pas sûr de remplir toutes les conditions. Puis-je déposer quand même ?"),
            (_("Oui. Rien n’est bloqué : le rectorat examine chaque saisine, et dit pourquoi s’il la refuse."),),
            leads_to=(CHECK,),
        ),
        Question(
            "licence-attendue",
            _("Je n’ai pas encore ma licence. Dois-je attendre ?"),
            (
                _("Non. Déposez avec votre relevé de notes provisoire : votre date de dépôt reste acquise."),
                _(
                    "Ajoutez le relevé définitif dès que vous l’avez. En cas d’échec, prévenez le "
                    "rectorat : rien n’est refusé d’office."
                ),
            ),
            law=NOTE_2018,
        ),
        Question(
            "silence",
            _("Une université ne m’a jamais répondu. Que faire ?"),
            (
                Varying(
                    "silence",
                    {
                        Silence.REFUSED: _(
                            "Son silence finit par valoir refus. Indiquez la candidature, « Aucune réponse » et sa date : "
                            "le jour du refus est calculé pour vous."
                        ),
                        Silence.ACCEPTED: _(
                            "Son silence finit par valoir acceptation. Demandez à l’université une "
                            "attestation de cette acceptation "
                            "(CRPA, art. L. 232-3), puis votre inscription. Si elle vous est refusée, indiquez ce refus."
                        ),
                    },
                ),
                _("Personne n’a de preuve d’un silence : aucune n’est demandée."),
            ),
            rules=("silence", "silence_months"),
        ),
        Question(
            "liste-attente",
            _("Je suis sur une liste d’attente. Puis-je saisir ?"),
            (
                Varying(
                    "waiting_list",
                    {
                        WaitingList.COUNTS: _("Oui. Une liste d’attente n’est pas une réponse positive : la candidature compte."),
                        WaitingList.BLOCKS: _(
                            "Pas tant que vous y êtes. Attendez la réponse, ou renoncez à cette liste si vous préférez la saisine."
                        ),
                    },
                ),
                _("Chercher un contrat d’apprentissage, en revanche, n’empêche rien."),
            ),
            rules=("waiting_list",),
        ),
        Question(
            "autre-diplome",
            _("J’ai une licence professionnelle ou un diplôme étranger."),
            (DIPLOMAS["professional"][0], DIPLOMAS["foreign"][0], DIPLOMAS["foreign"][2]),
            law=FAQ_2023,
        ),
        Question(
            "quel-rectorat",
            _("J’ai déménagé. Quel rectorat dois-je saisir ?"),
            (
                _(
                    "Celui de la région où vous avez obtenu la licence, pas celle où vous habitez. Le "
                    "formulaire le choisit pour vous."
                ),
                _("Si ce n’est pas le bon, vous n’avez rien à refaire : il transmet lui-même votre saisine."),
            ),
            law=f"{LAW} ; CRPA, art. L. 114-2",
            leads_to=(CONTACTS,),
        ),
    ),
    _("Les documents"): (
        Question(
            "documents",
            _("Quels documents faut-il ?"),
            (
                _("Un seul est obligatoire : le relevé de notes de licence."),
                _("Ajoutez si vous les avez : l’attestation de réussite, les refus reçus, un CV, une lettre de motivation."),
            ),
            law=TEXTS["2018"],
        ),
        Question(
            "photo",
            _("Je n’ai pas de scanner."),
            (
                _(
                    "Une photo nette suffit (JPEG ou PNG), ou un PDF. Un fichier qui ne peut pas servir "
                    "vous est signalé tout de suite."
                ),
            ),
        ),
        Question(
            "pieces-demandees",
            _("Le rectorat me demande un document. Que se passe-t-il si je ne l’ai pas à temps ?"),
            (_("La date de dépôt de votre saisine ne change pas."), LIMITS["supply"].after),
            law=_("CRPA, art. L. 114-5"),
        ),
    ),
    _("Les délais"): (
        Question(
            "jusqu-a-quand",
            _("Jusqu’à quand puis-je déposer ?"),
            (
                _(
                    "Le délai part du dernier de ces jours : l’ouverture de la plateforme, l’obtention de la licence, "
                    "le dernier refus. Votre date exacte est affichée sur votre brouillon."
                ),
                LIMITS["filing"].after,
            ),
            rules=("filing_days", "franc"),
            leads_to=(DATES,),
        ),
        Question(
            "jours",
            _("Que veut dire « %(filing_days)s », exactement ?"),
            (
                _(
                    "Tous les jours comptent, samedis, dimanches et jours fériés compris. Mais un délai "
                    "ne finit jamais un de ces "
                    "jours-là : il court jusqu’à la fin du premier jour ouvert."
                ),
                _("Il finit quand ce jour finit, à l’heure de l’académie de votre licence, où que vous soyez."),
            ),
            rules=("franc",),
            law=_("Conseil d’État, 13 mai 2015, n° 368892"),
            leads_to=(DATES,),
        ),
        Question(
            "brouillon",
            _("Mon brouillon est enregistré. Est-ce déposé ?"),
            (_("Non. C’est déposé quand vous avez un numéro et un accusé de réception, sur la page et par courriel."),),
            law=_("CRPA, art. L. 112-3"),
        ),
        Question("trop-tard", _("J’ai manqué le délai pour déposer."), (LIMITS["filing"].over,), leads_to=(CONTACTS,)),
        Question(
            "outre-mer",
            _("Ma licence a été obtenue outre-mer. Qu’est-ce qui change ?"),
            (
                _(
                    "Vos délais suivent l’heure locale et les jours fériés du territoire. L’heure de "
                    "Paris est toujours donnée à côté."
                ),
                _(
                    "Là où une seule université sert toute la région, moins de candidatures sont "
                    "demandées, et pas plusieurs établissements."
                ),
            ),
            rules=("min_applications_single",),
            leads_to=(DATES,),
        ),
    ),
    _("Les propositions"): (
        Question(
            "combien",
            _("Combien de propositions vais-je recevoir, et lesquelles ?"),
            (
                _(
                    "Le rectorat cherche parmi les places restées libres, selon votre licence, votre projet et l’accord des "
                    "établissements. Il vous dit pourquoi il fait chaque proposition."
                ),
            ),
            rules=("offers_required", "max_per_institution", "nationwide", "commission"),
            leads_to=(VACANCIES,),
        ),
        Question(
            "repondre",
            _("Combien de temps ai-je pour répondre ?"),
            (
                Varying(
                    "answer_clock",
                    {
                        AnswerClock.LAST_DUE: _(
                            "Le délai part de la dernière des propositions dues. Il vaut pour toutes : vous pouvez les comparer."
                        ),
                        AnswerClock.EACH_OFFER: _(
                            "Chaque proposition a son propre délai, qui part le jour où elle vous est envoyée."
                        ),
                    },
                ),
                LIMITS["answer"].after,
            ),
            rules=("answer_days", "answer_clock"),
        ),
        Question(
            "tout-refuser",
            _("Puis-je refuser toutes les propositions ?"),
            (
                _("Oui. Chaque refus est définitif, et la proposition compte parmi celles que le rectorat vous doit."),
                STATES[State.EXHAUSTED].next,
            ),
        ),
        Question(
            "refus-etablissement",
            _("Un établissement m’a déjà refusé. Peut-il me refuser encore ?"),
            (
                _(
                    "Avant de vous proposer une place, le rectorat obtient l’accord de l’établissement. "
                    "Son silence n’est jamais un accord."
                ),
                _("Si, après votre acceptation, il refuse de vous inscrire, dites-le au rectorat : la recherche peut reprendre."),
            ),
            rules=("refused_again",),
            law=LAW,
        ),
        Question(
            "inscription",
            _("J’ai accepté une proposition. Suis-je inscrit ?"),
            (
                _("Pas encore : la place est à vous, mais l’inscription se fait auprès de l’établissement."),
                _("Écrivez-lui sans attendre, avec votre attestation d’acceptation. Les autres propositions sont rendues."),
            ),
        ),
    ),
    _("Aide et confidentialité"): (
        Question(
            "rectorat-muet",
            _("Je n’ai pas de nouvelles du rectorat."),
            (
                _(
                    "Votre dossier dit à tout moment qui le tient, jusqu’à quand, et ce qui vient après. "
                    "Vous pouvez y écrire au rectorat."
                ),
            ),
            rules=("examination_days", "search_days"),
            leads_to=(CONTACTS,),
        ),
        Question(
            "scuio",
            _("Qui peut m’aider à remplir ma saisine ?"),
            (
                _(
                    "Le service d’orientation de votre université (SCUIO-BAIP). Vous choisissez ce qu’il "
                    "voit, et changez d’avis quand vous voulez."
                ),
                _("Cela ne change rien à l’examen de votre saisine."),
            ),
            leads_to=(CONTACTS,),
        ),
        Question(
            "qui-lit",
            _("Qui lit mon dossier ?"),
            (
                _(
                    "Le rectorat compétent ; et un établissement auquel il demande une place pour vous, qui lit votre projet, "
                    "votre relevé de notes et votre CV. Votre dossier montre qui a consulté vos documents."
                ),
            ),
            leads_to=(("legal", _("Vos données")),),
        ),
        Question(
            "sante",
            _("Ma santé ou un handicap compte dans mon choix. Qui le saura ?"),
            (
                _(
                    "Vous pouvez demander l’avis du médecin conseiller du recteur. Lui seul lit cette "
                    "demande : ni le rectorat, ni les "
                    "établissements, ni votre service d’orientation ne savent qu’elle existe."
                ),
                _("Si l’avis est favorable, le rectorat lit seulement les besoins à respecter, jamais pourquoi."),
            ),
            rules=("health_days",),
            law=HEALTH,
        ),
    ),
    _("Refus et recours"): (
        Question(
            "irrecevable",
            _("Ma saisine est déclarée irrecevable, ou close sans place. Que puis-je faire ?"),
            (
                _(
                    "La lettre dit pourquoi, et comment contester : recours gracieux auprès du rectorat, "
                    "médiateur de l’éducation "
                    "nationale et de l’enseignement supérieur, tribunal administratif. Le délai y est "
                    "indiqué : ne le laissez pas passer."
                ),
            ),
            law=_("Code de justice administrative, art. R. 421-1 ; code de l’éducation, art. L. 23-10-1"),
            leads_to=(CONTACTS,),
        ),
        Question(
            "de-nouveau",
            _("Puis-je saisir le recteur une seconde fois ?"),
            (_("Une seule saisine est possible dans une campagne. À la suivante, oui, si vous remplissez encore les conditions."),),
            rules=("licence_years",),
            law=LAW,
        ),
    ),
}
"""Section → its questions, in the order of the procedure."""
