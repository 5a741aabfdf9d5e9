"""What exchangelib asks without ExchangeImpersonation: the address book, rooms, time zones, ids."""

import datetime

from gateway import account, name_of, run
from exchangelib import UTC, EWSDateTime
from exchangelib.properties import AlternateId

NOW = EWSDateTime.now(tz=UTC)
DAYS = datetime.timedelta(days=3)


def names():
    return [found.email_address for found in account().protocol.resolve_names(["bob"])]


def list_members():
    members = account().protocol.expand_dl("dl@example.com")
    return sorted(member.email_address for member in members)[:2]


def rooms():
    protocol = account().protocol
    [room_list] = protocol.get_roomlists()
    return [room.email_address for room in protocol.get_rooms(room_list.email_address)]


def time_zones():
    zones = account().protocol.get_timezones(return_full_timezone_data=True)
    return "UTC" in [zone.id for zone in zones]


def converted():
    found = account()
    item = AlternateId(id=found.inbox.id, format="EwsId", mailbox="alice@example.com")
    return [entry.format for entry in found.protocol.convert_ids([item], "HexEntryId")]


def availability_of(name):
    return lambda: [
        view.view_type
        for view in account().protocol.get_free_busy_info(
            accounts=[(account(name), "Required", False)], start=NOW, end=NOW + DAYS
        )
    ]


def availability():
    return availability_of("bob")()


def denied_availability():
    return {name: name_of(availability_of(name)) for name in ["bob", "carol", "ceo"]}


def mail_tips():
    return name_of(lambda: account().mail_tips)


def time_zone_of_an_event():
    """With a time zone that must be asked for, a view of the calendar takes two requests."""
    view = account().calendar.view(start=NOW - DAYS, end=NOW + DAYS)
    return sorted(event.subject for event in view)


run(
    names,
    list_members,
    rooms,
    time_zones,
    converted,
    availability,
    denied_availability,
    mail_tips,
    time_zone_of_an_event,
)
