"""The names that LTI 1.3 and its services give to claims, scopes and media types."""

from __future__ import annotations

VERSION = "1.3.0"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MESSAGE_TYPE, VERSION_CLAIM = f"{CLAIM}message_type", f"{CLAIM}version"
DEPLOYMENT, TARGET = f"{CLAIM}deployment_id", f"{CLAIM}target_link_uri"
RESOURCE_LINK, CONTEXT, ROLES = f"{CLAIM}resource_link", f"{CLAIM}context", f"{CLAIM}roles"
CUSTOM, PRESENTATION, PLATFORM = f"{CLAIM}custom", f"{CLAIM}launch_presentation", f"{CLAIM}tool_platform"

RESOURCE_REQUEST, LINKING_REQUEST, LINKING_RESPONSE = (
    "LtiResourceLinkRequest",
    "LtiDeepLinkingRequest",
    "LtiDeepLinkingResponse",
)
_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LINKING_SETTINGS, LINKING_DATA, LINKING_ITEMS = (
    f"{_LINKING}deep_linking_settings",
    f"{_LINKING}data",
    f"{_LINKING}content_items",
)
LINKING_ERROR = f"{_LINKING}errormsg"

_AGS, _NRPS = "https://purl.imsglobal.org/spec/lti-ags/", "https://purl.imsglobal.org/spec/lti-nrps/"
GRADES, ROSTER = f"{_AGS}claim/endpoint", f"{_NRPS}claim/namesroleservice"
SCOPE_ITEMS, SCOPE_ITEMS_READ = f"{_AGS}scope/lineitem", f"{_AGS}scope/lineitem.readonly"
SCOPE_RESULTS, SCOPE_SCORES = f"{_AGS}scope/result.readonly", f"{_AGS}scope/score"
SCOPE_ROSTER = f"{_NRPS}scope/contextmembership.readonly"
#: A scope of this node: its store of xAPI statements.
SCOPE_STATEMENTS = "urn:entrepot:scope:xapi-statements"
GRADE_SCOPES = (SCOPE_ITEMS, SCOPE_RESULTS, SCOPE_SCORES)
SCOPES = (*GRADE_SCOPES, SCOPE_ITEMS_READ, SCOPE_ROSTER, SCOPE_STATEMENTS)

_IMS = "application/vnd.ims.lis.v2."
ITEM_MEDIA, ITEMS_MEDIA = f"{_IMS}lineitem+json", f"{_IMS}lineitemcontainer+json"
RESULTS_MEDIA = f"{_IMS}resultcontainer+json"
ROSTER_MEDIA = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER, INSTRUCTOR = f"{_ROLE}Learner", f"{_ROLE}Instructor"
