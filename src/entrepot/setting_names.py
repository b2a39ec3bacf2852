"""The names of all settings, each with an example of its value."""

from __future__ import annotations

import re

#: The prefix of Entrepot's own variables.
PREFIX = "ENTREPOT_"
#: The file with the settings of the connection to China's customs.
CUSTOMS_CN = f"{PREFIX}CUSTOMS_CN"
#: The name of each variable, with an example of its value.
EXAMPLES = {
    "ENTREPOT_DATA": "/srv/entrepot",
    "ENTREPOT_CACHE": "/var/cache/entrepot",
    "ENTREPOT_PACKS": "/srv/packs",
    "ENTREPOT_DATABASE": "postgresql://user:password@db.example:5432/entrepot",
    "ENTREPOT_SECRET": "python -c 'import secrets; print(secrets.token_urlsafe(50))'",
    "ENTREPOT_HOSTS": "server.example www.server.example",
    "ENTREPOT_HTTPS": "true",
    "ENTREPOT_PROXIES": "127.0.0.1 10.0.0.0/8",
    "ENTREPOT_KEYS": "required",
    "ENTREPOT_KEY_FOLDER": "/srv/entrepot-keys",
    "ENTREPOT_WEBHOOKS_LOOPBACK": "true",
    "ENTREPOT_TABLE_ROWS": "20000000",
    "ENTREPOT_TABLE_BYTES": "268435456",
    "ENTREPOT_TABLES_BYTES": "21474836480",
    "ENTREPOT_SMTP": "smtp://user:password@mail.example:587",
    "ENTREPOT_MAIL_FROM": "Entrepot <no-reply@server.example>",
    "ENTREPOT_URL": "https://server.example",
    "ENTREPOT_SOCKETS": "wss://server.example",
    "ENTREPOT_NODE": "VN",
    "ENTREPOT_NODE_NAME": "Viet Nam's node",
    "ENTREPOT_NODE_OPERATOR": "Department of E-commerce",
    "ENTREPOT_UCP": "signed",
    "ENTREPOT_UCP_TERMS": "https://server.example/terms",
    "ENTREPOT_UCP_PRIVACY": "https://server.example/privacy",
    "ENTREPOT_DATA_EXPORTER": "large",
    "ENTREPOT_PAYMENTS": "sandbox:http://127.0.0.1:8102",
    "ENTREPOT_PAYMENTS_KEY": "sk_live_…",
    "ENTREPOT_PAYMENTS_KEY_FILE": "/run/secrets/payments-key",
    "ENTREPOT_PAYMENTS_SECRET": "whsec_…",
    "ENTREPOT_PAYMENTS_SECRET_FILE": "/run/secrets/payments-secret",
    "ENTREPOT_PLATFORM_FEE": "2.5",
    "ENTREPOT_PLATFORM_ECONOMY": "SG",
    "ENTREPOT_CALDAV": "https://calendar.example/node",
    "ENTREPOT_CALDAV_USER": "node",
    "ENTREPOT_CALDAV_PASSWORD": "…",
    "ENTREPOT_CALDAV_PASSWORD_FILE": "/run/secrets/caldav-password",
    "ENTREPOT_CARRIER": "sandbox:http://127.0.0.1:8103",
    "ENTREPOT_CARRIER_KEY": "…",
    "ENTREPOT_CARRIER_KEY_FILE": "/run/secrets/carrier-key",
    "ENTREPOT_CARRIER_SECRET": "whsec_…",
    "ENTREPOT_CARRIER_SECRET_FILE": "/run/secrets/carrier-secret",
    "ENTREPOT_TURN": "turn:turn.example:3478 turns:turn.example:5349",
    "ENTREPOT_TURN_SECRET": "…",
    "ENTREPOT_TURN_SECRET_FILE": "/run/secrets/turn-secret",
    CUSTOMS_CN: "/srv/entrepot/customs-cn.toml",
    "ENTREPOT_LANG": "vi",
    "ENTREPOT_TRACEBACK": "1",
    "TZ": "Asia/Phnom_Penh",
}
OPTION_EXAMPLES = {"--port": "8000", "--workers": "4"}
#: Variables of `./run`, `./check` and the tests. The server allows them in its environment and does not read them.
DEVELOPMENT_VARIABLES = frozenset(
    PREFIX + name
    for name in (
        "CHROMIUM",
        "CLASSIFY_DATE",
        "KILLS",
        "MIDDLE",
        "POSTGRESQL",
        "PYTHON",
        "SALES",
        "SECOND_MODEL",
        "SEED",
        "TESTS",
        "TESTS_DATA",
        "TRADE_SERVERS",
        "VENV",
        "WALKS",
    )
)
#: The variables in which Kubernetes gives each container the address of a service called `entrepot`.
KUBERNETES_VARIABLE = re.compile(
    r"ENTREPOT_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
KUBERNETES_PORT = re.compile(r"(tcp|udp|sctp)://")
