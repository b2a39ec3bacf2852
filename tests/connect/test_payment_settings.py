"""The settings of payments: a value that is not understood is refused with a sentence, and no key is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.configuration import ConfigurationError
from entrepot.payment_settings import PaymentSettings, read_payments

KEYS = {"ENTREPOT_PAYMENTS_KEY": "sk_HUSH", "ENTREPOT_PAYMENTS_SECRET": "whsec_SFVTSA=="}


def test_without_settings_there_is_no_provider() -> None:
    assert read_payments({}) == PaymentSettings()


@pytest.mark.parametrize(
    ("text", "provider", "address"),
    [
        ("stripe", "stripe", ""),
        ("stripe:http://127.0.0.1:8420/", "stripe", "http://127.0.0.1:8420"),
        ("sandbox:http://localhost:8102", "sandbox", "http://localhost:8102"),
        ("sandbox:https://pay.example", "sandbox", "https://pay.example"),
    ],
)
def test_a_provider_and_its_address(text: str, provider: str, address: str) -> None:
    found = read_payments({"ENTREPOT_PAYMENTS": text, **KEYS})
    assert (found.provider, found.address, found.key, found.secret) == (provider, address, *KEYS.values())
    assert "HUSH" not in repr(found)
    assert "SFVTSA" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENTREPOT_PAYMENTS", "paypal"),
        ("ENTREPOT_PAYMENTS", "sandbox"),
        ("ENTREPOT_PAYMENTS", "stripe:"),
        ("ENTREPOT_PAYMENTS", "sandbox:127.0.0.1:8102"),
        ("ENTREPOT_PAYMENTS", "sandbox:http://pay.example"),
        ("ENTREPOT_PAYMENTS", "stripe:http://127.0.0.1.pay.example"),
        ("ENTREPOT_PAYMENTS", "stripe:https://u:HUSH@pay.example"),
        ("ENTREPOT_PAYMENTS", ""),
        ("ENTREPOT_PAYMENTS_SECRET", "HUSH"),
        ("ENTREPOT_PAYMENTS_SECRET", "whsec_not base64!"),
        ("ENTREPOT_PAYMENTS_SECRET", "whsec_"),
        ("ENTREPOT_PAYMENTS_KEY", ""),
        ("ENTREPOT_PLATFORM_FEE", "100"),
        ("ENTREPOT_PLATFORM_FEE", "-1"),
        ("ENTREPOT_PLATFORM_FEE", "2,5"),
        ("ENTREPOT_PLATFORM_FEE", "1.23456"),
    ],
)
def test_a_value_that_is_not_understood_is_refused(name: str, value: str) -> None:
    given = {"ENTREPOT_PAYMENTS": "sandbox:http://127.0.0.1:8102", **KEYS, name: value}
    with pytest.raises(ConfigurationError) as refused:
        read_payments(given)
    assert name in refused.value.message
    assert "HUSH" not in refused.value.message


@pytest.mark.parametrize("missing", sorted(KEYS))
def test_a_provider_needs_its_keys(missing: str) -> None:
    given = {name: value for name, value in KEYS.items() if name != missing}
    with pytest.raises(ConfigurationError, match=f"neither {missing} nor {missing}_FILE"):
        read_payments({"ENTREPOT_PAYMENTS": "stripe", **given})


def test_keys_are_read_from_files(tmp_path: Path) -> None:
    key, secret = tmp_path / "key", tmp_path / "secret"
    key.write_text("sk_HUSH\n")
    secret.write_text("whsec_SFVTSA==\n")
    files = {"ENTREPOT_PAYMENTS_KEY_FILE": str(key), "ENTREPOT_PAYMENTS_SECRET_FILE": str(secret)}
    found = read_payments({"ENTREPOT_PAYMENTS": "stripe", **files})
    assert (found.key, found.secret) == ("sk_HUSH", "whsec_SFVTSA==")
    with pytest.raises(ConfigurationError, match="both set"):
        read_payments({"ENTREPOT_PAYMENTS": "stripe", **files, "ENTREPOT_PAYMENTS_KEY": "x"})
    key.write_text("")
    with pytest.raises(ConfigurationError, match="contains no key"):
        read_payments({"ENTREPOT_PAYMENTS": "stripe", **files})
    key.unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_payments({"ENTREPOT_PAYMENTS": "stripe", **files})


@pytest.mark.parametrize(("text", "millionths"), [("0", 0), ("2.5", 25_000), ("2.5 %", 25_000), ("99.9999", 999_999)])
def test_the_fee_of_the_platform(text: str, millionths: int) -> None:
    assert read_payments({"ENTREPOT_PLATFORM_FEE": text}).fee_millionths == millionths
