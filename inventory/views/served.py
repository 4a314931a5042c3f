"""The provinces a warehouse serves, as a table of tick boxes and days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from inventory.availability import USUAL_TRANSIT_DAYS
from inventory.models import ServiceArea, Warehouse
from inventory.siting import MOST_TRANSIT_DAYS
from portal.customers.provinces import REGION_TITLES, Province, by_name
from portal.i18n import N_, gettext


@dataclass
class Served:
    """One province: whether the warehouse serves it, the days typed for it, and who serves it otherwise."""

    province: Province
    ticked: bool
    days: str
    elsewhere: Warehouse | None = None
    problem: str = ""


@dataclass
class Region:
    """The provinces of one part of the country."""

    title: str
    rows: list[Served] = field(default_factory=list)

    @property
    def ticked(self) -> int:
        """How many of its provinces are served from here."""
        return sum(row.ticked for row in self.rows)


@dataclass
class ServedTable:
    """All provinces by region, in the order of the language being spoken."""

    regions: list[Region]

    @classmethod
    def of(cls, warehouse: Warehouse, areas: Mapping[str, ServiceArea]) -> "ServedTable":
        """What is known now."""

        def row(province: Province) -> Served:
            area = areas.get(province.code)
            here = area is not None and area.warehouse_id == warehouse.id
            days = area.transit_days if area else USUAL_TRANSIT_DAYS
            return Served(province, here, str(days), area.warehouse if area and not here else None)

        regions = {code: Region(gettext(title)) for code, title in REGION_TITLES.items()}
        for province in by_name():
            regions[province.region].rows.append(row(province))
        return cls(list(regions.values()))

    def take(self, ticked: set[str], typed: Mapping[str, str]) -> bool:
        """Take what was sent; says whether every ticked province has a fitting number of days."""
        for row in self.rows():
            row.ticked = row.province.code in ticked
            row.days = typed.get(f"days-{row.province.code}", row.days).strip()[:9]
            if row.ticked and not _fits(row.days):
                row.problem = gettext(
                    N_("Goods travel between 0 and %(most)s working days."), most=MOST_TRANSIT_DAYS
                )
        return not any(row.problem for row in self.rows())

    def transit_days(self) -> dict[str, int]:
        """The working days of travel to each ticked province."""
        return {row.province.code: int(row.days) for row in self.rows() if row.ticked}

    def rows(self) -> Iterator[Served]:
        """Every province, region by region."""
        for region in self.regions:
            yield from region.rows


def _fits(days: str) -> bool:
    return days.isascii() and days.isdigit() and int(days) <= MOST_TRANSIT_DAYS
