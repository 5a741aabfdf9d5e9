"""Clients of Python that sign in by NTLM, or as the settings say, each with two requests or more.

The settings also say which client, with the envelope to send.
"""

import json
import sys

SETTINGS = json.loads(sys.stdin.readline())
URL, USERNAME, PASSWORD = (SETTINGS[name] for name in ("url", "username", "password"))
HEADERS = {"Content-Type": "text/xml; charset=utf-8"}


def requests_ntlm():
    import requests
    from requests_ntlm import HttpNtlmAuth

    with requests.Session() as session:
        session.auth = HttpNtlmAuth(USERNAME, PASSWORD, send_cbt=SETTINGS.get("binding", True))
        answers = [
            session.post(URL, data=SETTINGS["envelope"], headers=HEADERS) for _ in range(2)
        ]
    return [answer.status_code for answer in answers]


def exchangelib():
    from exchangelib import IMPERSONATION, NTLM, UTC, Account, Configuration, Credentials, Version
    from exchangelib.version import EXCHANGE_2016

    account = Account(
        "alice@example.com",
        config=Configuration(
            service_endpoint=URL,
            credentials=Credentials(USERNAME, PASSWORD),
            auth_type=SETTINGS.get("auth", NTLM),
            version=Version(build=EXCHANGE_2016),
        ),
        autodiscover=False,
        access_type=IMPERSONATION,
        default_timezone=UTC,
    )
    return [account.inbox.total_count >= 0, account.drafts.total_count >= 0]


def libsoup():
    import gi

    gi.require_version("Soup", "3.0")
    from gi.repository import GLib, Soup

    session = Soup.Session()
    session.add_feature_by_type(Soup.AuthNTLM)

    def authenticate(_message, auth, retrying):
        if not retrying:
            auth.authenticate(USERNAME, PASSWORD)
        return True

    def fill(message):
        envelope = GLib.Bytes.new(SETTINGS["envelope"].encode())
        message.set_request_body_from_bytes(HEADERS["Content-Type"], envelope)

    def post():
        message = Soup.Message.new("POST", URL)
        fill(message)
        message.connect("authenticate", authenticate)
        # Without this, a message that is sent again has no body. Evolution does the same.
        message.connect("restarted", fill)
        session.send_and_read(message, None)
        return int(message.get_status())

    return [post(), post()]


CLIENTS = {"requests-ntlm": requests_ntlm, "exchangelib": exchangelib, "libsoup": libsoup}
print(json.dumps({"step": "answers", "outcome": CLIENTS[SETTINGS["client"]]()}), flush=True)
