"""Putting right what was stated or sent to the wrong place. A limit is recomputed, and never to the student's loss."""

from datetime import date, datetime
from typing import Any

from vacancies.models import AcademicRegion
from vacancies.names import normalise

from ..models import Application, Document, Limit, LimitKind, LimitStatus, Referral
from ..rules.states import Action
from .facts import with_the_silence_dated
from .health import announce
from .limits import computed, filing_start, local_date, resumed, settle
from .moving import CLOCK, By, Refused, Step, locked, moving, moving_locked, transacting

CORRECTABLE = {
    "first_names": "prénoms",
    "birth_name": "nom de naissance",
    "usage_name": "nom d’usage",
    "diploma_name": "nom figurant sur le diplôme",
    "birth_date": "date de naissance",
    "ine": "INE",
    "diploma": "nature du diplôme",
    "licence_mention": "mention de licence",
    "licence_title": "intitulé de la licence",
    "licence_institution": "établissement de la licence",
    "licence_site": "ville du site",
    "licence_academy": "académie du site",
    "licence_on": "date d’obtention de la licence",
}
"""Facts the office may correct once the referral is filed, and their names."""
OF_AN_APPLICATION = {
    "institution": "établissement",
    "mention": "mention",
    "title": "intitulé",
    "track": "parcours",
    "answer": "réponse",
    "applied_on": "candidature du",
    "on": "réponse du",
}


COPIED_OF_A_DOCUMENT = (
    *("kind", "name", "content_type", "file", "size", "sha256", "pages"),
    *("doubt", "scan", "scanned_at", "created_at"),
)


def correct_facts(referral_id: int, *, facts: dict[str, Any], ground: str, by: By, at: datetime) -> None:
    """Correct what the student stated (column → value), on a ground; the former values stay in the history's note.

    Limits that rest on them are recomputed where that gives her more time.
    Raises Refused where nothing would change, or a filed referral would lose its licence's date.
    """
    if strangers := facts.keys() - CORRECTABLE.keys():
        raise ValueError(f"not to be corrected: {sorted(strangers)}")
    with moving(Action.CORRECT_FACTS, referral_id=referral_id, by=by, at=at) as step:
        if "licence_on" in facts:
            _refuse_an_impossible_licence(step, facts["licence_on"])
        changed = _write(step, step.referral, facts, names=CORRECTABLE, ground=ground)
        step.payload |= {"columns": sorted(changed)}
        recompute_limits(step)


def _refuse_an_impossible_licence(step: Step, licence_on: Any) -> None:
    """Raise Refused for a day still to come, and where a licence would appear or vanish: proving it is a move of its own."""
    if (licence_on is None) != (step.referral.licence_on is None):
        raise Refused("licence_moves", "Constater la licence, ou revenir sur ce constat, n’est pas une correction.")
    if licence_on is not None and licence_on > local_date(step.referral, step.at):
        raise Refused("licence_in_future", "La date d’obtention de la licence est dans l’avenir.")


def correct_application(
    referral_id: int, *, application_id: int | None, facts: dict[str, Any], ground: str, by: By, at: datetime
) -> None:
    """Correct an application she stated, or add one (None), on a ground (column → value); limits follow as in `correct_facts`.

    Raises Refused where nothing would change; Application.DoesNotExist where it is not one of this referral.
    """
    if strangers := facts.keys() - OF_AN_APPLICATION.keys():
        raise ValueError(f"not to be corrected: {sorted(strangers)}")
    with moving(Action.CORRECT_APPLICATION, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        application = Application(referral=referral) if application_id is None else referral.applications.get(pk=application_id)
        dated = with_the_silence_dated(facts, of=application, rules=referral.rules)
        _write(step, application, dated, names=OF_AN_APPLICATION, ground=ground)
        application.save()
        step.payload |= {"application": application.pk}
        recompute_limits(step)


def _write(step: Step, row: Any, facts: dict[str, Any], *, names: dict[str, str], ground: str) -> dict[str, Any]:
    """Write the values that differ, note the former ones, and return those written.

    Raises Refused where none differs.
    """
    former = {column: getattr(row, column, None) for column in facts}  # a new row has no institution yet
    changed = {column: value for column, value in facts.items() if former[column] != value}
    if not changed:
        raise Refused("no_change", "Aucune des valeurs n’a changé.")
    for column, value in changed.items():
        setattr(row, column, value)
    said = [
        f"{names[column]} : « {_in_words(row, column, former[column])} » devient « {_in_words(row, column, value)} »"
        for column, value in changed.items()
    ]
    step.note = "\n".join([ground, *said])
    return changed


def _in_words(row: Any, column: str, value: Any) -> str:
    """Return a value as its reader knows it: the label of a choice, a day as the French write it, nothing for nothing."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    labels = dict(row._meta.get_field(column).flatchoices)
    return str(labels.get(value, value) or "")


def recompute_limits(step: Step) -> None:
    """Compute again the limits that rest on the referral's facts, and keep of each the later end.

    A filing limit that moves past the filing makes the referral a timely one.
    """
    referral = step.referral
    moved = []
    for limit in referral.limits.filter(kind=LimitKind.FILING, status__in=(LimitStatus.MET, LimitStatus.OVER)):
        start = filing_start(referral, at=step.at)
        later = start and _later(step, limit, start=start)
        if later:
            assert referral.filed_at is not None
            settle(later, LimitStatus.MET if referral.filed_at < later.ends_at else LimitStatus.OVER)
            moved.append([limit.pk, later.pk])
    for limit in referral.limits.live().exclude(kind=LimitKind.FILING):
        if later := _later(step, limit, start=limit.start):
            moved.append([limit.pk, later.pk])
    if moved:
        step.payload |= {"moved": moved}


def _later(step: Step, limit: Limit, *, start: date) -> Limit | None:
    """Return the limit that takes the place of ``limit`` from ``start``; None, nothing written, where it would end no later."""
    referral, kind = step.referral, LimitKind(limit.kind)
    assert referral.licence_academy is not None, "a limit needs the académie of the licence"
    found = computed(
        rules=referral.rules, academy=referral.licence_academy, kind=kind, start=start, days=limit.days, rule=limit.rule
    )
    if found.ends_at <= limit.ends_at:
        return None
    return resumed(referral, limit, start=start, told_at=limit.told_at, at=step.at)


def transfer(referral_id: int, *, region: AcademicRegion, ground: str, by: By, at: datetime) -> None:
    """Forward the referral to the rectorate that is competent, history and dates intact (CRPA, art. L. 114-2)."""
    with moving(Action.TRANSFER, referral_id=referral_id, by=by, at=at) as step:
        if region == step.referral.region:
            raise Refused("same_region", "La saisine est déjà dans cette région.")
        step.payload |= {"from_region": step.referral.region_id, "to_region": region.pk}
        step.referral.region = region
        step.referral.assigned_to = step.referral.escalated_to = None
        step.note = ground
        announce(step.referral, by=CLOCK, at=at)


def merge(referral_id: int, *, other_id: int, ground: str, by: By, at: datetime) -> None:
    """Put two referrals of one person together: this one stays, with the earlier filing date; the other ends.

    What the other holds (documents, applications) is copied here. Both rows are locked, in the order of their ids.
    Raises Refused: another campaign, not the same person, or an offer of the other still open.
    """
    with transacting():
        rows = {pk: locked(pk) for pk in sorted({referral_id, other_id})}
        kept, other = rows[referral_id], rows[other_id]
        with (
            moving_locked(Action.ABSORB, referral=kept, by=by, at=at) as step,
            moving_locked(Action.MERGE, referral=other, by=by, at=at) as ending,
        ):
            _refuse_to_merge(kept, other)
            assert kept.filed_at is not None
            assert other.filed_at is not None
            kept.filed_at = min(kept.filed_at, other.filed_at)
            _copy_what_it_holds(other, to=kept)
            other.merged_into = kept
            for live in other.limits.live():
                settle(live, LimitStatus.CANCELLED)
            step.note = ending.note = ground
            step.payload |= {"absorbed": other.pk, "filed_at": kept.filed_at.isoformat()}
            ending.payload |= {"merged_into": kept.pk}


def _refuse_to_merge(kept: Referral, other: Referral) -> None:
    """Raise Refused unless both are the same person's, in the same campaign, and no seat hangs on the one that ends."""
    if kept == other or kept.campaign_id != other.campaign_id:
        raise Refused("other_campaign", "Deux saisines différentes d’une même campagne se réunissent, et elles seules.")
    same_name = normalise(kept.birth_name) == normalise(other.birth_name) and kept.birth_date == other.birth_date
    same_ine = bool(kept.ine) and kept.ine == other.ine
    if not (same_name or same_ine):
        raise Refused("not_the_same_person", "Ni l’INE, ni le nom et la date de naissance ne sont les mêmes : vérifiez l’identité.")
    if other.offers.holding().exists():
        raise Refused("offers_open", "L’autre saisine a des places réservées ou proposées : concluez-les d’abord.")


def _copy_what_it_holds(other: Referral, *, to: Referral) -> None:
    """Copy documents (each file stays one file, claimed twice) and applications that ``to`` does not state itself."""
    have = {document.sha256: document for document in to.documents.given()}
    copies = {}
    for document in other.documents.given():
        copies[document.pk] = have.get(document.sha256) or Document.objects.create(
            referral=to, **{name: getattr(document, name) for name in COPIED_OF_A_DOCUMENT}
        )
    stated = {_identity(application) for application in to.applications.all()}
    for application in other.applications.all():
        if _identity(application) not in stated:
            Application.objects.create(
                referral=to,
                proof=copies.get(application.proof_id) if application.proof_id else None,
                **{name: getattr(application, name) for name in OF_AN_APPLICATION},
            )


def _identity(application: Application) -> tuple[object, ...]:
    return application.institution_id, application.mention_id, application.title, application.track
