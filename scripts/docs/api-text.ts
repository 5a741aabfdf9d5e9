/**
 * Text of the page of the control API that the table of actions doesn't contain: its introduction, and the
 * commands that prepare the clients of its examples.
 *
 * @module
 */

import type { ServiceName } from '../../src/control/contract/contract.ts'
import { STATUS } from '../../src/control/errors.ts'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { exampleBlocks, jsonText } from './example-blocks.ts'
import { examplesOf } from './examples.ts'
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

/** The two parts of the page. */
export const PARTS: readonly Readonly<{ title: string; service: ServiceName; about: string }>[] = [
  {
    title: "WorkMail's operations",
    service: 'WorkMailService',
    about:
      'These operations are those of the [API reference of WorkMail](https://docs.aws.amazon.com/workmail/latest/APIReference/). The AWS CLI and the AWS SDKs know them.',
  },
  {
    title: "The gateway's own operations",
    service: 'EwsGateway',
    about: `WorkMail has no operations for these tasks. They use the same protocol, with the target prefix \`EwsGateway.\`. Their permissions begin with \`ewsgateway:\`. A permission that begins with \`workmail:\` never covers them.

Every update takes an \`ExpectedVersion\`: the \`Version\` of an earlier response. If the current version is another one, the response is a ConflictException that contains the current version, and nothing changes. Without \`ExpectedVersion\`, an update replaces any version. DescribeImpersonationRole returns the version of a role.`,
  },
]

const LIMITS = {
  roles: 'Impersonation roles in an organization',
  rulesPerRole: 'Rules in a role',
  targetsPerList: 'Users, or groups, in a list of a rule',
  targetsPerRole: 'Users and groups in all rules of a role',
  accessControlRules: 'Access control rules in an organization',
  ipRanges: 'Ranges in a list of an access control rule',
  accessControlTargets: 'Users, roles, or actions in a list of an access control rule',
} as const satisfies Record<keyof (typeof CONTROL_LIMITS)['default'], string>

const number = (value: number) => value.toLocaleString('en')

const limitRows = Object.entries(LIMITS).map(([name, what]) => {
  const limit = name as keyof typeof LIMITS
  const { default: own, workmail } = CONTROL_LIMITS
  return `| ${what} | ${number(own[limit])} | ${number(workmail[limit])} |`
})

/** Writes the file that the curl lines name. No secret is in a command line. */
export const CURL_SETUP = `(umask 077 && cat > gateway.curl <<END
url = "$AWS_ENDPOINT_URL_WORKMAIL/"
aws-sigv4 = "aws:amz:$AWS_DEFAULT_REGION:workmail"
user = "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"
header = "Content-Type: application/x-amz-json-1.1"
silent
show-error
fail-with-body
END
)`

/** Adds the gateway's own operations to the AWS CLI and to boto3. */
export const MODEL_SETUP = `aws configure add-model --service-name ewsgateway \\
  --service-model "file://$(npm root -g)/ews-gateway/docs/ewsgateway.model.json"`

/** Makes the clients that the boto3 lines name. */
export const BOTO3_SETUP = `import boto3

workmail = boto3.client("workmail")
ewsgateway = boto3.client("ewsgateway")`

const call = (title: string, topic: 'error' | 'idempotency' | 'paging', text: string) =>
  [`### ${title}`, text, ...examplesOf(topic).map(exampleBlocks)].join('\n\n')

/** Causes of errors by HTTP status. */
const CAUSES = {
  400: 'The request is wrong, or names something that does not exist.',
  401: 'The session of the console has expired.',
  403: 'The credentials are wrong, or the policy does not allow the operation.',
  409: 'The current version is not the expected one.',
  413: 'The body has more than 1 MiB.',
  429: 'The principal calls too often. Try again later.',
  500: 'The gateway has an unhandled error, which is in its log.',
  503: 'The store or the audit is not available, or other requests hold all memory. Try again.',
} as const satisfies Record<(typeof STATUS)[keyof typeof STATUS], string>

const statusRows = Object.entries(CAUSES).map(([status, cause]) => {
  const types = Object.entries(STATUS).filter(([, of]) => String(of) === status)
  return `| ${status} | ${cause} | ${types.map(([type]) => type).join(', ')} |`
})

const ERRORS = call(
  'Errors',
  'error',
  `The body of an error is \`{ "__type": …, "Message": … }\`. The message lists everything that is wrong with the request,
such as each member that the operation does not know. The type determines the HTTP status:

| status | cause | types |
| --- | --- | --- |
${statusRows.join('\n')}

This ReplaceAccessControlRule is the second one with the same \`ExpectedVersion\`:`,
)

const PAGING = call(
  'Pages of a list',
  'paging',
  `A response with a \`NextToken\` is not the end of the list. Repeat the request with this token until a response has none.
Changes between two requests do not move the other entries of the list. This request continues the example of
[ListUsers](#listusers):`,
)

const IDEMPOTENCY = call(
  'Repeated requests',
  'idempotency',
  `If a response was lost, repeat CreateImpersonationRole with the same \`ClientToken\`. For 24 hours, it returns the role that
exists already. The AWS CLI and the SDKs send a \`ClientToken\` of their own if the request has none. This request repeats the
example of [CreateImpersonationRole](#createimpersonationrole), with the same response:`,
)

export const INTRODUCTION = `# The control API

<!-- Written by \`npm run docs\` from src/control/ and scripts/docs/: change it there. -->

This page is for developers and administrators who call the control API. It lists every operation with its permission, its members,
and an example with the lines that call it with curl, the AWS CLI, and boto3.

The control listener uses the protocol of Amazon WorkMail, AWS JSON 1.1. A request is \`POST /\` with
\`Content-Type: application/x-amz-json-1.1\` and the operation in \`X-Amz-Target\`. It is signed with Signature Version 4, for
the service \`workmail\` and any region. On the same machine or over TLS, Basic authentication with the ID and the secret of an
access key is possible too.

- Times are seconds since 1970.
- A request can name a user by ID, principal name, SID, or any address. Responses contain the ID. Addresses can have
  characters that WorkMail's pattern excludes, as in o'brien@example.com.
- The header \`x-amzn-RequestId\` of a response is the decisionId of its audit record.
- A principal belongs to one organization. For its calls, no other organization exists.

## Call an operation

Create an access key next to the store. Put it and the address of the control listener into the environment:

\`\`\`bash
ews-gateway admin create-key --organization example --config gateway.yaml
export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_DEFAULT_REGION=us-east-1
export AWS_ENDPOINT_URL_WORKMAIL=http://127.0.0.1:8081 AWS_ENDPOINT_URL_EWSGATEWAY=http://127.0.0.1:8081
\`\`\`

If the listener has a certificate of a CA that the machine does not trust, set \`AWS_CA_BUNDLE\` to the CA's file, and add
\`cacert = "FILE"\` to the file for curl below.

### The gateway's command

\`ews-gateway api OPERATION [JSON | --file F]\` calls any operation and prints its response. An error is one line, and the exit
code is 1. It reads \`AWS_ACCESS_KEY_ID\`, and the secret from \`EWS_GATEWAY_SECRET_ACCESS_KEY\` or \`AWS_SECRET_ACCESS_KEY\`:

\`\`\`bash
ews-gateway api ListPrincipals --config gateway.yaml
\`\`\`

With \`--config\`, it calls the control listener of the configuration, verifies that the listener has the certificate of the
configuration, and fills in \`OrganizationId\`. Name one of several organizations with \`--organization\`. \`--endpoint\` and
\`--ca FILE\` call another listener. Most examples of other pages leave out \`--config gateway.yaml\`, and so
call the default address without TLS. It prints times as ISO 8601 dates, and the input can have dates too. A date without a time
zone is in UTC. \`--query\` prints the part of the output that a [JMESPath](https://jmespath.org) expression selects, as in the AWS CLI:

\`\`\`bash
ews-gateway api ListPrincipals --config gateway.yaml --query 'Principals[].Name'
\`\`\`

### curl

The curl lines on this page read the address and the key from a file, so no secret is in a command line. This command writes
it:

\`\`\`bash
${CURL_SETUP}
\`\`\`

### The AWS CLI and boto3

Both know WorkMail's operations. The model [ewsgateway.model.json](ewsgateway.model.json) adds the gateway's own operations,
as the service \`ewsgateway\`. One command installs it for both, in \`~/.aws/models\`. Repeat it after an update of the gateway:

\`\`\`bash
${MODEL_SETUP}
\`\`\`

In a checkout, the model is \`file://docs/ewsgateway.model.json\`. \`aws ewsgateway help\` lists the operations.

The boto3 lines on this page use these clients. Times in their responses are datetimes:

\`\`\`python
${BOTO3_SETUP}
\`\`\`

Errors are exceptions of the client, such as \`ewsgateway.exceptions.ConflictException\`. In the model, a policy has lists where
a document can have one value.

## Errors, pages, and repeated requests

${ERRORS}

${PAGING}

${IDEMPOTENCY}

## Limits

The second column applies by default, and the third one if \`limits.policy\` is \`workmail\`.

| at most | default | workmail |
| --- | --- | --- |
${limitRows.join('\n')}

## Policies

The policy of a principal says what it can do. A matching statement that denies wins. Otherwise, a matching statement that
allows wins. If no statement matches, the response is an AccessDeniedException that names the permission.

\`\`\`json
${jsonText(POLICY)}
\`\`\`

- \`Action\`: permissions, with \`*\` and \`?\`, or \`*\` alone for everything. The service before the colon is
  \`workmail\` or \`ewsgateway\`, without wildcards. Each must match a permission of the gateway.
- \`Resource\`: ARNs of organizations, \`arn:aws:workmail:region:account:organization/id\`, or \`*\`. Only the ID is compared.
- \`Condition\`: \`IpAddress\` and \`NotIpAddress\` on \`aws:SourceIp\`; \`DateLessThan\` and \`DateGreaterThan\` on
  \`aws:CurrentTime\`; \`Bool\` on \`aws:SecureTransport\`; \`StringEquals\`, \`StringNotEquals\`, \`StringLike\`, and
  \`StringNotLike\` on \`workmail:ImpersonationRoleId\`, in a statement that has no Action but
  \`workmail:AssumeImpersonationRole\` and \`ewsgateway:PassImpersonationRole\`. Its values are IDs of roles, never their names.
- A list of one value can be written as that value. A policy has at most 10,240 characters. Anything else is rejected, such as
  NotAction, NotResource, Principal, or another operator.
- A principal cannot give away more than it has. It can write a policy, create a key for a principal, or enable either, if
  that policy certainly allows nothing that its own policy does not. A statement of its own must cover every action, with
  conditions that are not stricter. Every Deny of its own that meets one of these actions must be repeated.
- \`ewsgateway:PassImpersonationRole\` lets an administrator give roles without acting in them, as iam:PassRole does in
  IAM. Its holder can allow \`workmail:AssumeImpersonationRole\`, by its full name, to other principals. The conditions of
  the new statement must be at least as strict as those of the holder's statement: the same roles or fewer, and the same
  addresses and times or fewer. If the holder's policy has a Deny on PassImpersonationRole or AssumeImpersonationRole,
  the new policy must have it on AssumeImpersonationRole.
- A policy allows PassImpersonationRole only by its full name. \`*\` and \`ewsgateway:*\` don't include it in an Allow, so
  policies from before this permission gain nothing. In a Deny they include it. To give the permission itself, a
  principal must hold it.

${powersSection()}`
