"""exchangelib finds the gateway by itself, from an address, a user name and a password.

What an administrator would write into DNS stands here: every name of NAMES is the gateway.
"""

import socket

import dns.resolver
from gateway import SETTINGS, name_of, run
from exchangelib import IMPERSONATION, UTC, Account, Credentials

NAMES = ["autodiscover.example.com", "ews.example.com"]
lookup = socket.getaddrinfo


def getaddrinfo(host, port, *rest, **named):
    if host in NAMES:
        return lookup("127.0.0.1", SETTINGS["port"], *rest, **named)
    raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")


def resolve(resolver, name, *rest, **named):
    if str(name).rstrip(".") not in NAMES:
        raise dns.resolver.NXDOMAIN()


socket.getaddrinfo = getaddrinfo
dns.resolver.Resolver.resolve = resolve


def account(address, password=None):
    return Account(
        address,
        credentials=Credentials(SETTINGS["username"], password or SETTINGS["password"]),
        autodiscover=True,
        access_type=IMPERSONATION,
        default_timezone=UTC,
    )


def found():
    alice = account("alice@example.com")
    endpoint = alice.protocol.service_endpoint
    return {"endpoint": endpoint, "address": alice.primary_smtp_address, "inbox": alice.inbox.all().count()}


def another():
    """From what it remembers, it asks the same place about bob."""
    return account("bob@example.com").inbox.all().count()


def refused():
    return {name: name_of(lambda: account(f"{name}@example.com")) for name in ["ceo", "nobody"]}


def wrong_password():
    return name_of(lambda: account("alice@example.com", password="wrong"))


run(found, another, refused, wrong_password)
