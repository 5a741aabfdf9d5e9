"""An exchangelib account behind the gateway, and how a script tells what came of its steps.

The first line of the input is JSON: url, username, password, and what else the script is to know.
"""

import json
import sys

from exchangelib import BASIC, IMPERSONATION, UTC, Account, Configuration, Credentials, Version
from exchangelib.protocol import FailFast
from exchangelib.version import EXCHANGE_2016

SETTINGS = json.loads(sys.stdin.readline())


class ImpersonatedAccount(Account):
    """exchangelib wants an address in each DistinguishedFolderId, whatever the identity."""

    address = None

    @property
    def primary_smtp_address(self):
        return self.identity.primary_smtp_address or self.address


def configuration(detect=False, password=None, retry_policy=None, at=SETTINGS):
    """What docs/clients.md says: version and authentication given, or found out."""
    given = {} if detect else {"auth_type": BASIC, "version": Version(build=EXCHANGE_2016)}
    return Configuration(
        service_endpoint=at["url"],
        credentials=Credentials(at["username"], password or at["password"]),
        retry_policy=retry_policy or FailFast(),
        **given,
    )


def account(name="alice", identity=None, **given):
    """Somebody's mailbox, opened by impersonation."""
    found = ImpersonatedAccount(
        f"{name}@example.com",
        config=configuration(**given),
        autodiscover=False,
        access_type=IMPERSONATION,
        default_timezone=UTC,
    )
    found.address = f"{name}@example.com"
    if identity is not None:
        found.identity = identity
    return found


def name_of(action):
    """The class of the error that an action ends in, raised or returned; None without one."""
    try:
        result = action()
    except Exception as error:
        return type(error).__name__
    for entry in result if isinstance(result, list) else [result]:
        if isinstance(entry, Exception):
            return type(entry).__name__
    return None


def tell(step, outcome):
    print(json.dumps({"step": step, "outcome": outcome}), flush=True)


def pause(name):
    """Lets the test do something, and waits until it has been done."""
    print(json.dumps({"pause": name}), flush=True)
    sys.stdin.readline()


def run(*steps):
    for step in steps:
        tell(step.__name__, step())
