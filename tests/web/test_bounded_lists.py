"""Lists that grow are read a page at a time: offers that a pavilion took out, sellers, documents of an order.

The rows of an older database are moved when it is opened.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server_process import environment

#: The state of the database before the lists had rows of their own: an offer that was taken out twice, and a document
#: with two events. Only the columns that the migration reads matter.
SCRIPT = """
import json
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
call_command("migrate", "store", "0012", verbosity=0)
now = timezone.now()

def insert(table, **values):
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(values))
        columns = ", ".join(f'"{name}"' for name in values)
        cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(values.values()))

insert("store_organization", id="og_1", name="Chamber", kind="seller", country="VN", language="en",
       customs_numbers="[]", created=now)
insert("store_pavilion", slug="viet-nam", economy="VN", titles='{"en": "Viet Nam"}', texts="{}", published=True,
       operator_id="og_1", closed_to='["of_1", "of_2", "of_2"]', created=now)
insert("store_tradeobject", id="do_1", kind="do_", status="withdrawn", state=json.dumps({"order": "or_1"}), position=2)
for position, kind in ((1, "document.issued"), (2, "document.withdrawn"), (3, "order.paid")):
    insert("store_ledgerevent", position=position, id=f"ev_{position}", stream="do_1" if position < 3 else "or_1",
           kind=kind, key=None, content=b"{}", chain=bytes(32))
call_command("migrate", verbosity=0)

from entrepot.store import pavilions
from entrepot.store.models import LedgerEventOwner, TradeObjectOwner
from entrepot.store.people import organizations

print(sorted(TradeObjectOwner.objects.values_list("owner", "kind", "object")))
print(sorted(LedgerEventOwner.objects.values_list("owner", "position")))
print(pavilions.list_closed("viet-nam", limit=9), pavilions.list_closed("viet-nam", before="of_2", limit=9))
pavilions.close_to("viet-nam", "of_2")
pavilions.admit_again("viet-nam", "of_1")
print(pavilions.list_closed("viet-nam", limit=9), pavilions.is_closed_to("viet-nam", "of_2"),
      pavilions.is_closed_to("viet-nam", "of_1"))

for name in ("Two", "One", "Two", "Buyers"):
    organizations.create_organization(name, "VN", "buyer" if name == "Buyers" else "seller")
names, after = [], ""
while page := organizations.list_sellers(after=after, limit=1):
    names.append(page[0].name)
    after = page[0].id
print(names, len(organizations.find_by_name("Two")), len(organizations.find_by_name("One")))
print(len(organizations.list_names(2)), len(organizations.seller_ids()))
"""


def test_lists_are_read_by_pages_and_older_rows_are_moved(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[('or_1', 'do_', 'do_1')]",
        "[('or_1', 1), ('or_1', 2)]",
        "['of_2', 'of_1'] ['of_1']",
        "['of_2'] True False",
        "['Chamber', 'One', 'Two', 'Two'] 2 1",
        "2 4",
    ]
