"""Calls five actions of EwsGateway through boto3, and prints what they return as JSON.

Arguments: the organization, and a role.
"""

import datetime
import json
import sys

import boto3

organization, role = sys.argv[1:]
client = boto3.client("ewsgateway")
one = {"OrganizationId": organization, "ImpersonationRoleId": role}
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["workmail:List*"],
            "Resource": ["*"],
            "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
        }
    ],
}
expires = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)

users = client.search_users(OrganizationId=organization, Text="alice")
made = client.create_principal(OrganizationId=organization, Name="boto3", Policy=policy)
principals = client.list_principals(OrganizationId=organization, MaxResults=100)
client.lock_impersonation_role(**one, Message="Closed", ExpiresTime=expires)
locked = client.describe_impersonation_role(**one)
try:
    client.unlock_impersonation_role(**one, ExpectedVersion="0")
except client.exceptions.ConflictException as error:
    conflict = error.response["Error"]["Code"]

print(
    json.dumps(
        {
            "emails": [user["Email"] for user in users["Users"]],
            "policy": next(
                one["Policy"] for one in principals["Principals"] if one["PrincipalId"] == made["PrincipalId"]
            )
            == policy,
            "expires": locked["Lock"]["ExpiresTime"] == expires,
            "created": isinstance(locked["DateCreated"], datetime.datetime),
            "conflict": conflict,
        }
    )
)
