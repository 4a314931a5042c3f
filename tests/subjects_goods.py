"""A pack and a document of a product, for the addresses that name them."""

from inventory import packing, picturing
from inventory.models import PackKind, Product
from inventory.packs import PackFacts
from inventory.picturing import FileFacts
from tests.makers import World


def goods_of(world: World, soap: Product) -> dict[str, str]:
    """What a product is packed in, and a paper about it."""
    by, now = world.manager, world.now
    packing.put_pack(world.session, soap, PackFacts(PackKind.PACK, 6), by=by, now=now)
    sheet = FileFacts("ใบข้อมูล", "Data sheet")
    file = picturing.add_file(world.session, soap, b"%PDF-1.7 data sheet", sheet, by=by, now=now)
    return {"pack_id": str(soap.packs[0].id), "file_id": str(file.id), "sha": file.sha256}
