"""Pages anybody may read without an account, and the private documents, for those who may see them."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from .. import downloads, procedure
from ..current import current_rules
from ..documents import scanning
from ..documents.letters import rendered
from ..documents.pages import NotDrawn
from ..documents.storing import Withheld
from ..documents.uploads import MB
from ..models import Document, DocumentKind, Referral, Role, User
from ..procedure.limits import filing_limit
from ..readings import record_readings
from ..rules.eligibility import rules_asked
from ..typed import comes_from_here, keep_typed
from ..wording_rules import line_of

LARGEST_MB = settings.UPLOAD_MAX_BYTES // MB
"""The largest file that is taken."""
ON_THE_HOME_PAGE = ("licence_years", "offers_required", "filing_days", "answer_days")
"""The rules whose source the home page gives; every rule has its own on the page of the rules."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what the procedure is, who may use it, with which documents and when."""
    rules = current_rules(on=timezone.localdate(request.at))
    begun = limit = None
    if rules and request.user.is_authenticated:
        begun = Referral.objects.of_student(request.user).filter(campaign=rules.campaign).order_by("-pk").first()
    if begun:
        limit = filing_limit(begun) if begun.is_draft else begun.limits.live().order_by("ends_at").first()
    campaign = rules and rules.campaign
    context = {"rules": rules, "campaign": campaign, "begun": begun, "limit": limit, "largest": LARGEST_MB, "asked": []}
    if rules:
        context["lines"] = {name: line_of(rules, name) for name in ON_THE_HOME_PAGE}
        context["asked"] = [line_of(rules, name) for name in rules_asked(rules.stated, single_university=False)]
    return render(request, "public/home.html", context)


@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    return render(request, "public/legal.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html")


@login_required
def after_login(request: HttpRequest) -> HttpResponse:
    """Lead each to her own place: the office, her institution's seats, the advisers' list, or the student's."""
    if request.user.is_staff:
        return redirect("admin:index")
    if Role.INSTITUTION in request.user.roles:
        return redirect("institution:list")
    return redirect("adviser:list" if Role.ADVISER in request.user.roles else "student:home")


TOLD_BY = ("referral__region", "referral__licence_academy", "referral__licence_institution")
"""What a reading is told by."""


@require_safe
@login_required
def document(request: HttpRequest, key: UUID, *, original: bool = False) -> HttpResponseBase:
    """Give a document to who may see it, to be kept, not run. A letter nobody has rendered yet is rendered now.

    The student gets hers as it came; others a copy in which nothing runs, or, where they may ask for it, the original.
    """
    asked = Document.objects.originals_for(request.user) if original else Document.objects.visible_to(request.user)
    found = get_object_or_404(asked.select_related(*TOLD_BY), key=key)
    try:
        answer = _handed_out(found, user=request.user, original=original)
    except (Withheld, NotDrawn):
        has_original = not found.is_withheld and Document.objects.originals_for(request.user).filter(pk=found.pk).exists()
        page = {"document": found, "has_original": has_original}
        return render(request, "public/document_kept_back.html", page, status=422)
    record_readings([found], user=request.user, at=request.at)
    if found.kind == DocumentKind.HEALTH and found.referral.student_id != request.user.pk:
        by = procedure.By.medical(request.user)
        procedure.record_health_reading(found.referral_id, document_id=found.pk, by=by, at=request.at)
    return answer


def _handed_out(found: Document, *, user: User, original: bool) -> HttpResponseBase:
    """Return what ``user`` gets of a document. Raises Withheld, NotDrawn."""
    if found.is_letter:
        return downloads.original(rendered(found.pk), mark="")
    if original:
        return downloads.original(found)
    return downloads.original(found, mark="") if found.referral.student_id == user.pk else downloads.copy(found)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is too old: keep what was typed, where it truly comes from our own page, and say what to do."""
    kept = request.user.is_authenticated and comes_from_here(request) and keep_typed(request)
    return render(request, "public/csrf_failure.html", {"kept": kept, "back": request.path}, status=403)


def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the web and its database work; an alarm where files have been waiting for the virus scanner for too long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    late = bool(settings.CLAMAV_URL) and scanning.are_late(at=timezone.now())
    return HttpResponse("ok, but files wait for the virus scanner" if late else "ok", content_type="text/plain")
