"""Fills the shop: a country, two products that customs knows, and somebody of the staff. Prints their keys as JSON."""

from __future__ import annotations

import json
from decimal import Decimal

import django

django.setup()

from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from django.core.management import call_command
from oscar.core.loading import get_model

PRODUCTS = {
    "coffee": (
        "Roasted coffee beans", "68.00",
        {"title_zh": "烘焙咖啡豆", "tariff_code": "0901210000", "country_of_origin": "VN", "net_mass_kg": "0.5",
         "gross_mass_kg": "0.55", "sales_unit": "BG", "legal_unit": "KGM", "specification": "500克/袋"},
    ),
    "durian": (
        "Fresh durian", "260.00",
        {"title_zh": "鲜榴莲", "tariff_code": "0810600000", "country_of_origin": "TH", "net_mass_kg": "3",
         "gross_mass_kg": "3.4", "sales_unit": "BG", "legal_unit": "KGM", "specification": "3千克/个",
         "supply": "bonded", "warehouse": "SANDBOX-ZONE", "record_number": "DURIAN-1"},
    ),
    "mystery": ("Box without a tariff code", "10.00", {}),
}  # fmt: skip

Site.objects.update_or_create(pk=1, defaults={"domain": "shop.example", "name": "shop"})
get_model("address", "Country").objects.create(
    iso_3166_1_a2="CN", iso_3166_1_a3="CHN", printable_name="China", name="China", is_shipping_country=True
)
get_model("address", "Country").objects.create(
    iso_3166_1_a2="VN", iso_3166_1_a3="VNM", printable_name="Viet Nam", name="Viet Nam", is_shipping_country=True
)
goods = get_model("catalogue", "ProductClass").objects.create(name="Goods", track_stock=True)
call_command("entrepot_attributes", "goods", verbosity=0)
partner = get_model("partner", "Partner").objects.create(name="The shop")
keys = {}
for name, (title, price, attributes) in PRODUCTS.items():
    product = get_model("catalogue", "Product")(product_class=goods, title=title, slug=name, is_public=True)
    for code, value in attributes.items():
        setattr(product.attr, code, value)
    product.save()
    get_model("partner", "StockRecord").objects.create(
        product=product, partner=partner, partner_sku=name, price=Decimal(price), price_currency="CNY", num_in_stock=100
    )
    keys[name] = product.pk
for event in ("Shipped", "Delivered", "Returned"):
    get_model("order", "ShippingEventType").objects.create(name=event)
get_user_model().objects.create_superuser("staff", "staff@shop.example", "tall trees 1985")
print(json.dumps(keys))
