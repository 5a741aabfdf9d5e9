"""What a client is told about mailboxes and credentials that are not for it."""

import time

from gateway import SETTINGS, account, name_of, pause, run
from exchangelib import DELEGATE, Account, Configuration, Credentials, Identity, close_connections
from exchangelib.protocol import FailFast, FaultTolerance


def inbox_of(name, identity=None):
    return name_of(lambda: account(name, identity).inbox.refresh())


def ceo():
    return {
        "PrimarySmtpAddress": inbox_of("ceo"),
        "alias": inbox_of("boss"),
        "SmtpAddress": inbox_of("ceo", Identity(smtp_address="boss@example.com")),
        "PrincipalName": inbox_of("ceo", Identity(upn="ceo@corp.example.com")),
        "SID": inbox_of("ceo", Identity(sid=SETTINGS["sid"])),
    }


def others():
    return {name: inbox_of(name) for name in ["carol", "nobody", "neutral", "svc-gateway"]}


def two_identifiers():
    both = Identity(sid=SETTINGS["sid"], primary_smtp_address="alice@example.com")
    return inbox_of("alice", both)


def foreign_folder():
    """The header says alice, the folder bob: exchangelib is made to contradict itself."""
    found = account()
    found.address = "bob@example.com"
    found.identity = Identity(smtp_address="alice@example.com")
    return name_of(lambda: found.inbox.refresh())


def wrong_password():
    return name_of(lambda: account(password="wrong").inbox.refresh())


def wrong_password_detected():
    return name_of(lambda: account(password="wrong", detect=True).inbox.refresh())


def wrong_password_patiently():
    began = time.monotonic()
    patient = FaultTolerance(max_wait=5)
    error = name_of(lambda: account(password="wrong", retry_policy=patient).inbox.refresh())
    return {"error": error, "soon": time.monotonic() - began < 5}


def denied_patiently():
    patient = FaultTolerance(max_wait=5)
    return name_of(lambda: account("ceo", retry_policy=patient).inbox.refresh())


def detected():
    return name_of(lambda: account(detect=True).inbox.refresh())


def given():
    names = account().protocol.resolve_names
    return [name_of(lambda: account().inbox.refresh()), name_of(lambda: names(["bob"]))]


def named(name):
    """Without impersonation: the user name says whose mailbox it is."""
    address = f"{name}@example.com"
    credentials = Credentials(f"{address}|{SETTINGS['username']}", SETTINGS["password"])
    config = Configuration(
        service_endpoint=SETTINGS["url"], credentials=credentials, retry_policy=FailFast()
    )
    return Account(address, config=config, autodiscover=False, access_type=DELEGATE)


def user_name():
    alice = named("alice")
    return {
        "inbox": sorted(alice.inbox.all().values_list("subject", flat=True)),
        "names": [found.email_address for found in alice.protocol.resolve_names(["bob"])],
        "ceo": name_of(lambda: named("ceo").inbox.refresh()),
        "nobody": name_of(lambda: named("nobody").inbox.refresh()),
    }


STEPS = [
    ceo,
    others,
    two_identifiers,
    foreign_folder,
    wrong_password,
    wrong_password_detected,
    wrong_password_patiently,
    denied_patiently,
    detected,
    given,
    user_name,
]
for step in STEPS:
    if step.__name__ in SETTINGS["steps"]:
        close_connections()  # and forgets what it found out about the server
        pause(step.__name__)
        run(step)
