/**
 * What the page of the control API says that is not in the table of actions: its introduction, and
 * the values of its examples.
 *
 * @module
 */

import type { ServiceName } from '../../src/control/contract/contract.ts'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { powersSection } from './powers.ts'

const POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['workmail:AssumeImpersonationRole'],
      Resource: ['*'],
      Condition: {
        StringEquals: { 'workmail:ImpersonationRoleId': ['12345678-1234-4234-8234-123456789012'] },
        IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] },
      },
    },
  ],
}

const EVERYONE = [{ ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }]

const MARCH = { StartTime: 1_803_859_200, EndTime: 1_806_537_600 }
const REFUSED = { Property: 'VERDICT', Operator: 'EQUALS', Value: 'DENY' }
const OF_ALICE = { Property: 'MAILBOX', Operator: 'EQUALS', Value: 'alice@example.com' }

/**
 * Example values of members: of all actions, and of one. What stands here for one action is in its
 * example whether or not it is required.
 */
export const CALLS: Readonly<{
  common: Readonly<Record<string, unknown>>
  of: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}> = {
  common: {
    OrganizationId: 'm-0123456789abcdef0123456789abcdef',
    ImpersonationRoleId: '12345678-1234-4234-8234-123456789012',
    Name: 'backup',
    Type: 'READ_ONLY',
    Rules: EVERYONE,
    TargetUser: 'alice@example.com',
    UserId: 'alice@example.com',
    GroupId: 'sales',
    PrincipalId: '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55',
    AccessKeyId: 'AKIAEXAMPLE234567ABC',
  },
  of: {
    PutAccessControlRule: {
      Name: 'office',
      Effect: 'ALLOW',
      Description: 'From the office',
      IpRanges: ['192.0.2.0/24'],
    },
    DescribeAccessControlRule: { Name: 'office' },
    ReplaceAccessControlRule: {
      Name: 'office',
      Effect: 'ALLOW',
      Description: 'From the office',
      IpRanges: ['192.0.2.0/24'],
      ExpectedVersion: 'NONE',
    },
    DeleteAccessControlRule: { Name: 'office' },
    GetAccessControlEffect: { IpAddress: '192.0.2.7', Action: 'EWS', UserId: 'alice@example.com' },
    ListAliases: { EntityId: 'alice@example.com' },
    ListGroupsForEntity: { EntityId: 'alice@example.com' },
    CreatePrincipal: { Name: 'backup-tool', Policy: POLICY },
    UpdatePrincipal: { Enabled: false },
    UpdateAccessKey: { Enabled: false },
    PutImpersonationRole: { ExpectedVersion: '42' },
    PutRoleGuard: {
      Guard: {
        Mailboxes: 'own',
        Delegation: false,
        InboxRules: false,
        DirectoryLookups: true,
        Sending: true,
        Senders: 'permitted',
        ExtraReads: [],
      },
      ExpectedVersion: '42',
    },
    LockImpersonationRole: { Message: 'Closed for the audit: ask the help desk' },
    ExplainDecision: {
      ImpersonationRoleId: '12345678-1234-4234-8234-123456789012',
      TargetUser: 'alice@example.com',
      Operation: 'GetItem',
      SourceAddress: '192.0.2.7',
    },
    PreviewImpersonationRole: {
      ImpersonationRoleId: '12345678-1234-4234-8234-123456789012',
      Draft: { Rules: EVERYONE },
    },
    ReleaseName: { Kind: 'ADDRESS', Name: 'ceo@example.com' },
    PutUser: { PrimarySmtpAddress: 'alice@example.com', Aliases: ['al@example.com'] },
    PutGroup: {
      GroupId: '6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a01',
      Name: 'sales',
      Users: ['alice@example.com'],
    },
    SearchUsers: { Text: 'alice' },
    ListDecisions: { ...MARCH, Filters: [REFUSED] },
    GetDecision: { DecisionId: '01a213ec-bc61-7ed3-8fc9-b480d57e999e' },
    ListChanges: MARCH,
    SummarizeDecisions: { ...MARCH, GroupBy: ['PRINCIPAL', 'VERDICT'], Filters: [OF_ALICE] },
    GiveRoleToTool: { Name: 'backup-tool' },
    CheckUpstream: { As: 'alice@example.com' },
    ImportUsers: { Users: [{ PrimarySmtpAddress: 'alice@example.com' }], DryRun: true },
  },
}

/** The two parts of the page. */
export const PARTS: readonly Readonly<{ title: string; service: ServiceName; about: string }>[] = [
  {
    title: "WorkMail's operations",
    service: 'WorkMailService',
    about:
      'As in the [API reference of WorkMail](https://docs.aws.amazon.com/workmail/latest/APIReference/): the AWS CLI and SDKs call them.',
  },
  {
    title: "The gateway's own operations",
    service: 'EwsGateway',
    about: `What WorkMail has no words for, in the same protocol, under the target prefix \`EwsGateway.\`. A permission for them begins with \`ewsgateway:\`; one that begins with \`workmail:\` never covers them.

Every update takes an \`ExpectedVersion\`, the \`Version\` that was read before: where something else stands there by now, the answer is a ConflictException that names the present version, and nothing is written. Without it, whatever stands there is replaced. Of a role, DescribeImpersonationRole gives the version.`,
  },
]

const LIMITS = {
  roles: 'Impersonation roles in an organization',
  rulesPerRole: 'Rules in a role',
  targetsPerList: 'Users, or groups, in a list of a rule',
  targetsPerRole: 'Users and groups in all rules of a role',
  accessControlRules: 'Access control rules in an organization',
  ipRanges: 'Ranges in a list of an access control rule',
  accessControlTargets: 'Users, roles or actions in a list of an access control rule',
} as const satisfies Record<keyof (typeof CONTROL_LIMITS)['default'], string>

const number = (value: number) => value.toLocaleString('en')

const limitRows = Object.entries(LIMITS).map(([name, what]) => {
  const limit = name as keyof typeof LIMITS
  const { default: own, workmail } = CONTROL_LIMITS
  return `- ${what}: ${number(own[limit])}, or ${number(workmail[limit])}`
})

export const INTRODUCTION = `# The control API

<!-- Written by \`npm run docs\` from src/control/ and scripts/docs/: change it there. -->

The control listener speaks the protocol of Amazon WorkMail, AWS JSON 1.1: \`POST /\` with
\`Content-Type: application/x-amz-json-1.1\`, the operation in \`X-Amz-Target\`, signed with Signature
Version 4 for the service \`workmail\` and any region. The AWS CLI and the SDKs need no more than an
access key of the gateway and its address:

\`\`\`bash
ews-gateway admin create-key --organization example --config gateway.yaml    # once, beside the store
export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_DEFAULT_REGION=us-east-1
export AWS_ENDPOINT_URL_WORKMAIL=http://127.0.0.1:8081                       # or --endpoint-url
aws workmail list-impersonation-roles --organization-id m-0123456789abcdef0123456789abcdef
ews-gateway api ListPrincipals '{"OrganizationId":"m-0123456789abcdef0123456789abcdef"}' --endpoint http://127.0.0.1:8081
\`\`\`

\`ews-gateway api OPERATION [JSON | --file F]\` calls any operation and prints the answer; an error is one
line, and exit code 1. It reads \`AWS_ACCESS_KEY_ID\`, and the secret from \`EWS_GATEWAY_SECRET_ACCESS_KEY\`
or \`AWS_SECRET_ACCESS_KEY\`. Over TLS or on the same machine Basic authentication does as well, with the id
of the access key and its secret.

- A member that an operation does not know is refused, and all that is wrong is said at once.
- An error is \`{ "__type": …, "Message": … }\` with the HTTP status 400, or 403 where credentials or
  permissions are wrong, 401 where a session of the console is over, 409 for a ConflictException, 413 for a body of more than 1 MiB, 503 where the
  store or the audit cannot be reached.
- Times are seconds since 1970. A list is answered in pages, in an order that writers do not disturb:
  \`NextToken\` of one answer asks for the next.
- A user is named by id, principal name, SID or any address, also one like o'brien@example.com, which
  WorkMail's pattern leaves out, and answered by id. \`x-amzn-RequestId\` of an
  answer is the decisionId of its audit record.
- A principal belongs to one organization, and knows of no other.

## The AWS CLI and boto3

Both know WorkMail's operations. [ewsgateway.model.json](ewsgateway.model.json), which the package contains too, adds the gateway's
own operations as the service \`ewsgateway\`:

\`\`\`bash
aws configure add-model --service-model file://docs/ewsgateway.model.json --service-name ewsgateway
export AWS_ENDPOINT_URL_EWSGATEWAY=http://127.0.0.1:8081                     # or --endpoint-url
aws ewsgateway search-users --organization-id m-0123456789abcdef0123456789abcdef --text alice
aws ewsgateway help
\`\`\`

boto3 reads the model from the same place, \`~/.aws/models\`. Times are datetimes, and errors are exceptions of the client:

\`\`\`python
import boto3

client = boto3.client("ewsgateway", endpoint_url="http://127.0.0.1:8081")
try:
    client.delete_user(OrganizationId="m-0123456789abcdef0123456789abcdef", UserId="alice@example.com")
except client.exceptions.EntityNotFoundException as error:
    print(error)
\`\`\`

In the model, a policy has lists where a document may have one value. After an update of the gateway, add its model again.

## Limits

There are at most so many, by default or where \`limits.policy\` is \`workmail\`:

${limitRows.join('\n')}

## Policies

What a principal may do is what its policy says, and nothing else. A statement that denies wins, else
one that allows; where none matches, the answer is AccessDeniedException, which names the permission.

\`\`\`json
${JSON.stringify(POLICY, undefined, 2).replaceAll(/\[\s+("[^"]*")\s+\]/g, '[$1]')}
\`\`\`

- \`Action\`: permissions, with \`*\` and \`?\`, or \`*\` alone for everything. The service before the colon is
  \`workmail\` or \`ewsgateway\`, without wildcards.
- \`Resource\`: ARNs of organizations, \`arn:aws:workmail:region:account:organization/id\`, of which only the
  id is compared, or \`*\`.
- \`Condition\`: \`IpAddress\` and \`NotIpAddress\` on \`aws:SourceIp\`; \`DateLessThan\` and \`DateGreaterThan\` on
  \`aws:CurrentTime\`; \`Bool\` on \`aws:SecureTransport\`; \`StringEquals\`, \`StringNotEquals\`, \`StringLike\` and
  \`StringNotLike\` on \`workmail:ImpersonationRoleId\`, in a statement that has no Action but
  \`workmail:AssumeImpersonationRole\` and \`ewsgateway:PassImpersonationRole\`.
- One value may stand for a list of it. A policy has at most 10,240 characters. Everything else, as
  NotAction, NotResource, Principal or another operator, is refused.
- Nobody gives away more than they have. A principal can write a policy, make a key for a principal, or
  enable either, only where that policy certainly allows nothing that its own does not: every action covered
  by a statement of its own, with conditions that are at least as strict, and every Deny of its own that
  meets one of these actions repeated.
- \`ewsgateway:PassImpersonationRole\` lets an administrator give roles without acting in them, as iam:PassRole does in
  IAM. Its holder can allow \`workmail:AssumeImpersonationRole\`, by its full name, to other principals. The conditions of
  the new statement must be at least as strict as those of the holder's statement: the same roles or fewer, and the same
  addresses and times or fewer. If the holder's policy has a Deny on PassImpersonationRole or AssumeImpersonationRole,
  the new policy must have it on AssumeImpersonationRole.
- A policy allows PassImpersonationRole only by its full name. \`*\` and \`ewsgateway:*\` don't include it in an Allow, so
  policies from before this permission gain nothing. In a Deny they include it. To give the permission itself, a
  principal must hold it.

${powersSection()}`
