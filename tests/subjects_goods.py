"""A pack and a document of a product and a lot of another, for the addresses that name them."""

from inventory import packing, picturing
from inventory.models import PackKind, Product, Tracking
from inventory.packs import PackFacts
from inventory.picturing import FileFacts
from tests.makers import World
from tests.small_files import paper


def goods_of(world: World, soap: Product) -> dict[str, str]:
    """What a product is packed in, and a paper about it; a lot of milk."""
    by, now = world.manager, world.now
    packing.put_pack(world.session, soap, PackFacts(PackKind.PACK, 6), by=by, now=now)
    sheet = FileFacts("ใบข้อมูล", "Data sheet")
    file = picturing.add_file(world.session, soap, paper("data sheet"), sheet, by=by, now=now)
    milk = world.product("MILK-1", stock=4, tracking=Tracking.LOT)
    lot = {"lot_sku": milk.sku, "lot_number": "MILK-1-L1"}
    return {**lot, "pack_id": str(soap.packs[0].id), "file_id": str(file.id), "sha": file.sha256}
