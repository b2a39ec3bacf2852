"""A course tool by another implementation of LTI 1.3 (pylti1p3 in Flask), as a process of its own.

python course_tool.py PORT CONFIG_FILE: the file has the registration as the platform shows it. It is read at each
login, so that the tool can be started before it is registered. `/seen` says what the tool has seen.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, request
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.exception import LtiException
from pylti1p3.grade import Grade
from pylti1p3.tool_config import ToolConfDict

app = Flask("course_tool")
app.secret_key = "a secret of the tests"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)
LAUNCHES: dict[str, Any] = {}
SEEN: dict[str, Any] = {"launches": [], "faults": []}


def settings() -> ToolConfDict:
    """The registration, as the platform shows it."""
    given = json.loads(Path(sys.argv[2]).read_text())
    found = ToolConfDict(
        {
            given["issuer"]: {
                "default": True,
                "client_id": given["client_id"],
                "auth_login_url": f"{given['issuer']}/lti/authorize",
                "auth_token_url": f"{given['issuer']}/lti/token",
                "key_set_url": f"{given['issuer']}/lti/keys",
                "key_set": None,
                "deployment_ids": [given["deployment"]],
            }
        }
    )
    found.set_private_key(given["issuer"], PRIVATE)
    found.set_public_key(given["issuer"], PUBLIC)
    return found


@app.route("/login", methods=["GET", "POST"])
def login() -> Any:
    return FlaskOIDCLogin(FlaskRequest(), settings()).redirect(f"{request.host_url}launch")


@app.route("/launch", methods=["POST"])
def launched() -> Any:
    try:
        found = FlaskMessageLaunch(FlaskRequest(), settings())
        data = found.get_launch_data()
    except LtiException as error:
        SEEN["faults"].append(str(error))
        return f"<h1>Refused</h1><p>{error}</p>", 403
    SEEN["launches"].append(data)
    if found.is_deep_link_launch():
        chosen = DeepLinkResource().set_title("Unit 7").set_url(f"{request.host_url}launch")
        chosen.set_custom_params({"unit": "7"})
        return found.get_deep_link().output_response_form([chosen])
    number = uuid.uuid4().hex
    LAUNCHES[number] = found
    back = data["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]["return_url"]
    return (
        f"<h1>Unit {data['https://purl.imsglobal.org/spec/lti/claim/custom'].get('unit', '1')}</h1>"
        f'<form method="post" action="/grade/{number}"><input name="score" value="90"><button>Grade</button></form>'
        f'<a href="{back}">Back</a>'
    )


@app.route("/grade/<number>", methods=["POST"])
def grade(number: str) -> Any:
    found = LAUNCHES[number]
    data = found.get_launch_data()
    grades = found.get_ags()
    sent = Grade()
    sent.set_score_given(float(request.form["score"])).set_score_maximum(100)
    sent.set_timestamp(request.form.get("time") or _now())
    sent.set_activity_progress("Completed").set_grading_progress("FullyGraded").set_user_id(data["sub"])
    try:
        grades.put_grade(sent)
    except LtiException as error:
        SEEN["faults"].append(str(error))
        return f"<h1>Not graded</h1><p>{error}</p>", 502
    SEEN["results"] = grades.get_grades()
    SEEN["items"] = grades.get_lineitems()
    SEEN["members"] = found.get_nrps().get_members()
    back = data["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]["return_url"]
    return f'<h1>Graded</h1><a href="{back}">Back</a>'


@app.route("/jwks")
def jwks() -> Any:
    return jsonify(settings().get_jwks())


@app.route("/private")
def private() -> str:
    """The key, so that a test can send what the tool would not."""
    return PRIVATE


@app.route("/seen")
def seen() -> Any:
    return jsonify(SEEN)


def _now() -> str:
    import datetime as dt

    return dt.datetime.now(dt.UTC).isoformat()


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
