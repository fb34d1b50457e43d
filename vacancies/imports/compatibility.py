"""Which licence leads to which master, for one campaign: a table of two columns. Indicative, and never a wall."""

import csv
from collections.abc import Collection, Sequence
from io import StringIO

from ..models import Campaign, Compatibility, LicenceMention, MasterMention, Programme
from ..names import normalise
from .pipeline import Reader, Record, write_rows
from .report import Change, FileRefused, Key, LineRefused, Values
from .resolution import Mentions
from .tables import Column
from .values import fitting, required


class Compatibilities(Reader):
    """Reader of a campaign's table. Both mentions must be known: a table invents none."""

    columns = {
        "licence": Column("Mention de licence", "licence", "Intitulé de la mention de licence"),
        "master": Column("Mention de master", "master", "Intitulé de la mention de master"),
        "note": Column("Remarque", "Commentaire", optional=True),
    }
    labels = {"licence": "mention de licence", "master": "mention de master", "note": "remarque"}

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._licences = Mentions(LicenceMention)
        self._masters = Mentions(MasterMention)

    def resolve(self, cells: dict[str, str]) -> Record:
        licence = self._licences.resolve(
            required(cells, "licence", columns=self.columns), column=self.columns["licence"], new=False
        )
        master = self._masters.resolve(required(cells, "master", columns=self.columns), column=self.columns["master"], new=False)
        note = fitting(cells["note"], model=Compatibility, field="note", column=self.columns["note"])
        values = {"licence": licence, "master": master, "note": note}
        return Record(key=(normalise(licence), normalise(master)), values=values, label=f"{licence} → {master}")

    def combined(self, first: Record, second: Record) -> Record:
        """The same pair twice says the same."""
        if first.values != second.values:
            raise LineRefused("déjà lu, avec une autre remarque,")
        return first

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        rows = Compatibility.objects.filter(campaign=self._campaign).select_related("licence", "master")
        self._existing: dict[Key, Compatibility] = {(row.licence.normalised, row.master.normalised): row for row in rows}
        return {
            key: {"licence": row.licence.name, "master": row.master.name, "note": row.note} for key, row in self._existing.items()
        }

    def absent(self, key: Key, before: Values) -> None:
        """It is taken off the table."""

    def label_of(self, key: Key, before: Values) -> str:
        return f"{before['licence']} → {before['master']}"

    def write(self, changes: Sequence[Change]) -> None:
        licences = {mention.normalised: mention for mention in LicenceMention.objects.all()}
        masters = {mention.normalised: mention for mention in MasterMention.objects.all()}

        def build(change: Change) -> Compatibility:
            licence, master = change.key
            if licence not in licences or master not in masters:
                raise FileRefused(f"une mention a changé de nom depuis : {change.label}")
            note = (change.after or {})["note"]
            return Compatibility(campaign=self._campaign, licence=licences[licence], master=masters[master], note=note)

        write_rows(Compatibility, changes, existing=self._existing, build=build, fields=["note"])


def recommended_in_the_catalogue() -> bytes:
    """Return, as a file for `Compatibilities`, every licence that a programme of a master recommends: the first source."""
    pairs = Programme.objects.filter(recommended__isnull=False, withdrawn=False).order_by(
        "recommended__normalised", "mention__normalised"
    )
    text = StringIO()
    table = csv.writer(text, delimiter=";")
    table.writerow([Compatibilities.columns["licence"], Compatibilities.columns["master"]])
    table.writerows(pairs.values_list("recommended__name", "mention__name").distinct())
    return text.getvalue().encode("utf-8-sig")
