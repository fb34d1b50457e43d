"""The template of a declaration, to download, fill in and hand in again: CSV, XLSX or ODS, with what stands today.

Handed in as it is, none of its lines is refused: every number in it is confirmed.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import odfdo
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from .. import seats
from ..models import Attendance, Campaign, Institution, Language, Modality, Programme, Vacancy
from .declaration import KEPT, Declaration, programmes_of

Cell = str | int | date | None

PLACES, GUIDE = "Places", "Mode d’emploi"
"""The two sheets of a workbook."""
HEADING = "E3E3FD"
CHOICES = {
    field: [str(label) for label in choices.labels]
    for field, choices in {"modality": Modality, "language": Language, "attendance": Attendance}.items()
}
CHOSEN_AMONG = {field: ", ".join(labels) for field, labels in CHOICES.items()}
EXPLAINED = {
    "campaign": "La campagne de ce fichier. Ne la changez pas.",
    "reference": "Ce qui désigne le parcours : l’identifiant national, ou le nôtre. Ne la changez pas ; sans elle, la ligne est "
    "reconnue à la mention, au parcours, au site et à la ville.",
    "mention": "Pour vous repérer. Rien n’est changé au catalogue.",
    "track": "Pour vous repérer, comme la mention.",
    "site": "Pour vous repérer, comme la mention.",
    "town": "Pour vous repérer, comme la mention.",
    "modality": f"Au choix : {CHOSEN_AMONG['modality']}. Vide : {Modality.INITIAL.label}. Pour une seconde modalité, recopiez la "
    "ligne et changez celle-ci.",
    "seats": f"Le nombre de places ouvertes à la procédure en première année, de 0 à {seats.MOST_SEATS}, celles qui sont déjà "
    "réservées ou prises comprises. Vide : la ligne ne dit rien. Le même nombre qu’avant le confirme. Une formule est refusée : "
    "recopiez sa valeur.",
    "committed": "Pour vous repérer : combien de ces places des propositions tiennent déjà. On ne peut pas en déclarer moins.",
    "valid_until": f"Le dernier jour où ce nombre vaut, par exemple 31/10/2026, au plus tard le dernier jour de la campagne. "
    f"Vide : {seats.VALID_FOR.days} jours à compter du dépôt.",
    "contact_name": "Qui le rectorat peut joindre pour ce parcours. Vide : comme avant.",
    "contact_email": "Où les demandes d’accord sont envoyées. Vide : comme avant.",
    "contact_phone": "Vide : comme avant.",
    "language": f"Au choix : {CHOSEN_AMONG['language']}. Vide : comme avant.",
    "attendance": f"Au choix : {CHOSEN_AMONG['attendance']}. Vide : comme avant.",
}
"""Field → what the guide says of its column."""
WIDTHS = {"mention": 38, "track": 38, "site": 28, "town": 18, "contact_name": 24, "contact_email": 32}
USUAL_WIDTH = 18
"""Of columns, in characters."""
SPARE_LINES = 200
"""Lines below the last programme where a choice can still be made from a list."""
NOT_IN_A_WORKBOOK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def template(shape: str, *, institution: Institution, campaign: Campaign, on: date) -> bytes:
    """Return the file of ``shape``, a key of `SHAPES`: every programme of ``institution``, and what it has declared by ``on``."""
    return SHAPES[shape][0](_lines(institution, campaign, on=on))


def _lines(institution: Institution, campaign: Campaign, *, on: date) -> list[dict[str, Cell]]:
    """Return a line for each programme and modality; a programme without any stands in one modality, to be declared."""
    standing: dict[int, list[Vacancy]] = defaultdict(list)
    programmes = programmes_of(institution)
    for vacancy in Vacancy.objects.filter(campaign=campaign, programme__in=programmes.order_by()).order_by("pk"):
        standing[vacancy.programme_id].append(vacancy)
    return [
        _line(programme, vacancy, campaign, on=on)
        for programme in programmes
        for vacancy in standing.get(programme.pk) or ([] if programme.withdrawn else [Vacancy(**dict.fromkeys(KEPT, ""))])
    ]


def _line(programme: Programme, vacancy: Vacancy, campaign: Campaign, *, on: date) -> dict[str, Cell]:
    return {
        "campaign": campaign.code,
        "reference": programme.reference,
        "mention": programme.mention.name,
        "track": programme.track,
        "site": programme.site,
        "town": programme.town,
        "modality": str(Modality(vacancy.modality).label),
        "seats": vacancy.declared if vacancy.declared_on else None,
        "committed": vacancy.held + vacancy.taken if vacancy.declared_on else None,
        "valid_until": _longer_than_usual(vacancy, campaign, on=on),
        "contact_name": vacancy.contact_name,
        "contact_email": vacancy.contact_email,
        "contact_phone": vacancy.contact_phone,
        "language": vacancy.get_language_display(),
        "attendance": vacancy.get_attendance_display(),
    }


def _longer_than_usual(vacancy: Vacancy, campaign: Campaign, *, on: date) -> date | None:
    """Return the date the institution chose, where an empty cell would cut it short."""
    chosen = vacancy.valid_until
    later = chosen is not None and seats.usual_validity(campaign, on=on) < chosen <= campaign.search_until
    return chosen if later else None


def _text(cell: str, *, formulas: str) -> str:
    """Return a cell on one line, or an empty one where a spreadsheet would compute it: for the reader it says *as before*."""
    text = " ".join(NOT_IN_A_WORKBOOK.sub("", cell).split())
    return "" if text.startswith(tuple(formulas)) else text


def _csv(lines: list[dict[str, Cell]]) -> bytes:
    """Semicolons and a byte-order mark: what a French Excel opens with a double click."""
    written = StringIO()
    rows = csv.writer(written, delimiter=";", lineterminator="\r\n")
    rows.writerow(Declaration.columns.values())
    for line in lines:
        rows.writerow([_csv_cell(line[field]) for field in Declaration.columns])
    return written.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case date():
            return f"{cell:%d/%m/%Y}"
        case str():
            return _text(cell, formulas="=+-@")
    return cell


def _cell(cell: Cell) -> Cell:
    return (_text(cell, formulas="=") or None) if isinstance(cell, str) else cell


def _xlsx(lines: list[dict[str, Cell]]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    sheet.title = PLACES
    sheet.append([str(label) for label in Declaration.columns.values()])
    for line in lines:
        sheet.append([_cell(line[field]) for field in Declaration.columns])
    _lay_out(sheet, widths=[WIDTHS.get(field, USUAL_WIDTH) for field in Declaration.columns])
    sheet.freeze_panes = "C2"
    fields = list(Declaration.columns)
    for (cell,) in sheet.iter_rows(min_row=2, min_col=fields.index("valid_until") + 1, max_col=fields.index("valid_until") + 1):
        cell.number_format = "DD/MM/YYYY"
    for field, rule in _rules().items():
        column = get_column_letter(fields.index(field) + 1)
        rule.add(f"{column}2:{column}{sheet.max_row + SPARE_LINES}")
        sheet.add_data_validation(rule)
    guide = workbook.create_sheet(GUIDE)
    for row in _guide():
        guide.append(row)
    _lay_out(guide, widths=[24, 110])
    written = BytesIO()
    workbook.save(written)
    return written.getvalue()


def _lay_out(sheet: Worksheet, *, widths: list[int]) -> None:
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for heading in sheet[1]:
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", start_color=HEADING)
    for _, *cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def _rules() -> dict[str, DataValidation]:
    """What Excel itself refuses, by field."""
    rules = {
        field: DataValidation(
            type="list", formula1=f'"{",".join(labels)}"', allow_blank=True, showErrorMessage=True,
            errorTitle=str(Declaration.columns[field]), error=f"Au choix : {', '.join(labels)}.",
        )
        for field, labels in CHOICES.items()
    }  # fmt: skip
    rules["seats"] = DataValidation(
        type="whole", operator="between", formula1="0", formula2=str(seats.MOST_SEATS), allow_blank=True, showErrorMessage=True,
        errorTitle=str(Declaration.columns["seats"]), error=f"Un nombre entier, de 0 à {seats.MOST_SEATS}.",
    )  # fmt: skip
    return rules


def _guide() -> list[list[str]]:
    return [["Colonne", "Ce qu’elle dit"], *([str(label), EXPLAINED[field]] for field, label in Declaration.columns.items())]


def _ods(lines: list[dict[str, Cell]]) -> bytes:
    widths = [WIDTHS.get(field, USUAL_WIDTH) for field in Declaration.columns]
    rows = [[_cell(line[field]) for field in Declaration.columns] for line in lines]
    labels = [str(label) for label in Declaration.columns.values()]
    return ods_book([(PLACES, [labels, *rows], widths), (GUIDE, _guide(), [24, 140])])


def ods_book(sheets: Sequence[tuple[str, Sequence[Sequence[Any]], Sequence[int]]]) -> bytes:
    """Return an ODS workbook. Of each sheet: its name, its rows, headings first, and the widths of its columns, in characters."""
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    heading = odfdo.Style("table-cell", name="intitule", background_color=f"#{HEADING}")
    heading.set_properties({"fo:font-weight": "bold"}, area="text")
    document.insert_style(heading, automatic=True)
    for name, rows, widths in sheets:
        document.body.append(_sheet(document, name, rows, widths))
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _sheet(document: odfdo.Document, name: str, rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> odfdo.Table:
    sheet = odfdo.Table(name)
    for number, cells in enumerate(rows):
        row = odfdo.Row()
        for cell in cells:
            row.append_cell(odfdo.Cell(cell, style=None if number else "intitule"), clone=False)
        sheet.append_row(row, clone=False)
    for place, width in enumerate(widths):
        style = f"largeur{width}"
        if document.get_style("table-column", style) is None:
            document.insert_style(odfdo.Style("table-column", name=style, width=f"{width * 0.2:.1f}cm"), automatic=True)
        sheet.set_column(place, odfdo.Column(style=style))
    return sheet


SHAPES: dict[str, tuple[Callable[[list[dict[str, Cell]]], bytes], str]] = {
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ods": (_ods, "application/vnd.oasis.opendocument.spreadsheet"),
    "csv": (_csv, "text/csv; charset=utf-8"),
}
"""Ending of the file's name → what writes it, and its type."""
