/**
 * Formats a record as an event of the Open Cybersecurity Schema Framework. The event depends on the record alone, so a
 * record that is sent again gives the same event. docs/sinks.md has the mapping as a table.
 *
 * @see https://schema.ocsf.io/1.9.0
 *
 * @module
 */

import type { Outcome } from '../model/outcome.ts'
import { type Members, outcomeOf } from './members.ts'
import { AUTH_PROTOCOLS, activityOf, LOGOFF, LOGON, other, POST } from './ocsf-activity.ts'
import type { Format } from './sink.ts'

const SCHEMA = '1.9.0'

const BASE_EVENT = { class_uid: 0, category_uid: 0 }
const AUTHENTICATION = { class_uid: 3002, category_uid: 3 }
const HTTP_ACTIVITY = { class_uid: 4002, category_uid: 4 }
const API_ACTIVITY = { class_uid: 6003, category_uid: 6 }

const EWS = { name: 'EWS' }
const CONTROL = { name: 'EWS gateway' }

const ACCESS_KEY = 'access key'

/** Value of a required attribute that the record lacks. */
const UNKNOWN = 'unknown'

/** Severities: *informational*, *low*, and *medium*. */
const SEVERITIES: Readonly<Record<Outcome, number>> = {
  ANSWERED: 1,
  DENIED: 2,
  ABORTED: 2,
  FAILED: 3,
}
const HIGH = 4

const SUCCESS = 1
const FAILURE = 2

type Class = Readonly<{ class_uid: number; category_uid: number }>

/** An event without the attributes that all events have, and the members that no attribute takes. */
type Mapped = Readonly<{
  event: Class & Readonly<{ activity_id: number }> & Members
  unmapped: Members
}>

/** Returns the format. @param version - version of the gateway */
export function ocsfFormat(version: string): Format {
  const product = { name: 'ews-gateway', vendor_name: 'ews-gateway', version }
  return record => {
    const { id, sequence, members, alert } = record
    const { type, at, decisionId, organizationId, ...rest } = members
    const { event, unmapped } = mappedOf(String(type), rest, decisionId)
    return present({
      ...event,
      type_uid: event.class_uid * 100 + event.activity_id,
      time: Date.parse(String(at)),
      severity_id: alert === undefined ? severityOf(members) : HIGH,
      ...statusOf(members),
      metadata: present({
        version: SCHEMA,
        product,
        uid: id,
        sequence,
        event_code: type,
        correlation_uid: decisionId,
        tenant_uid: organizationId,
      }),
      unmapped: alert === undefined ? unmappedOf(unmapped) : { ...unmapped, alert },
    })
  }
}

const unmappedOf = (members: Members) => (Object.keys(members).length > 0 ? members : undefined)

function mappedOf(type: string, members: Members, decisionId: unknown): Mapped {
  const { previous: _, ...rest } = members
  if (type === 'outcome') return outcomeEvent(rest, decisionId)
  if (type === 'assume') return signInEvent(rest)
  if (type === 'change' || type === 'call' || type === 'read') return changeEvent(rest)
  if (type !== 'decision') return otherEvent(type, members)
  if (rest['reason'] === 'credentials-refused') return credentialsEvent(rest, decisionId)
  return decisionEvent(rest, decisionId)
}

/** Returns the event of a checkpoint or an alert. */
function otherEvent(type: string, { message, ...unmapped }: Members): Mapped {
  return { event: { ...BASE_EVENT, ...other(type), message }, unmapped }
}

function decisionEvent(members: Members, decisionId: unknown): Mapped {
  const { operation, roleId, roleName, userId, userAddress, ...others } = members
  const { client, rest } = clientOf(others, decisionId)
  const { verdict, reason, ...unmapped } = rest
  const event = {
    ...API_ACTIVITY,
    ...activityOf(operation),
    ...client,
    api: apiOf(operation, EWS, reason),
    message: sentence(verdict, operation, reason),
    resources: resourcesOf(
      ['impersonation role', roleId, roleName],
      ['mailbox', userId, userAddress],
    ),
  }
  return { event, unmapped }
}

function credentialsEvent(members: Members, decisionId: unknown): Mapped {
  const { scheme, ...others } = members
  const { client, rest } = clientOf(others, decisionId)
  const { verdict, reason, ...unmapped } = rest
  const { actor, ...endpoint } = client
  const event = {
    ...AUTHENTICATION,
    ...LOGON,
    ...endpoint,
    user: actor.user,
    service: EWS,
    auth_protocol_id: AUTH_PROTOCOLS[String(scheme)],
    is_remote: true,
    message: sentence(verdict, scheme, reason),
  }
  return { event, unmapped }
}

function outcomeEvent(members: Members, decisionId: unknown): Mapped {
  const { status, requestBytes, responseBytes, durationMs, upstreamMs, responseCode, ...others } =
    members
  const { outcome, cause, ...unmapped } = others
  const response = { code: status, body_length: responseBytes, latency: upstreamMs }
  const event = {
    ...HTTP_ACTIVITY,
    ...POST,
    dst_endpoint: { svc_name: EWS.name },
    http_request: { uid: decisionId, body_length: requestBytes },
    http_response: status === undefined ? undefined : present(response),
    duration: durationMs,
    status_code: responseCode,
    message: sentence(outcome, cause),
  }
  return { event, unmapped }
}

function changeEvent(members: Members): Mapped {
  const { action, ...others } = members
  const { client, rest } = clientOf(others, undefined)
  const { verdict, reason, ...unmapped } = rest
  const event = {
    ...API_ACTIVITY,
    ...activityOf(action),
    ...client,
    api: apiOf(action, CONTROL, reason),
    message: sentence(verdict, action, reason),
  }
  return { event, unmapped }
}

function signInEvent(members: Members): Mapped {
  const { action, ...others } = members
  const { client, rest } = clientOf(others, undefined)
  const { verdict, reason, ...unmapped } = rest
  const { actor, ...endpoint } = client
  const event = {
    ...AUTHENTICATION,
    ...(String(action).endsWith(':SignOut') ? LOGOFF : LOGON),
    ...endpoint,
    user: actor.user,
    service: CONTROL,
    is_remote: true,
    message: sentence(verdict, action, reason),
  }
  return { event, unmapped }
}

/** Returns what a record says of the client, and its other members. */
function clientOf(members: Members, decisionId: unknown) {
  const { principalId, accessKeyId, displayName, sourceAddress, userAgent, count, ...rest } =
    members
  const name = displayName ?? (principalId === undefined ? UNKNOWN : undefined)
  const client = {
    actor: {
      user: present({
        uid: principalId,
        name,
        programmatic_credentials:
          accessKeyId === undefined ? undefined : [{ uid: accessKeyId, type: ACCESS_KEY }],
      }),
    },
    src_endpoint: sourceAddress === undefined ? { name: UNKNOWN } : { ip: sourceAddress },
    http_request:
      userAgent === undefined && decisionId === undefined
        ? undefined
        : present({ uid: decisionId, user_agent: userAgent }),
    count,
  }
  return { client, rest }
}

const apiOf = (operation: unknown, service: Members, reason: unknown) =>
  present({
    operation: operation ?? UNKNOWN,
    service,
    response: reason === undefined ? undefined : { error: reason },
  })

function resourcesOf(...all: readonly (readonly [type: string, uid: unknown, name: unknown])[]) {
  const known = all.filter(([, uid, name]) => uid !== undefined || name !== undefined)
  return known.length === 0
    ? undefined
    : known.map(([type, uid, name]) => present({ type, uid, name }))
}

function severityOf(members: Members): number {
  const outcome = outcomeOf(members)
  return (outcome && SEVERITIES[outcome]) ?? SEVERITIES.ANSWERED
}

/** A pending decision is neither a success nor a failure. */
function statusOf(members: Members): Members {
  const outcome = outcomeOf(members)
  if (outcome === undefined || members['verdict'] === 'pending') return {}
  const detail = members['reason'] ?? members['cause']
  const status_id = outcome === 'ANSWERED' ? SUCCESS : FAILURE
  return present({ status_id, status_detail: detail })
}

const sentence = (...words: readonly unknown[]): string =>
  words.filter(word => word !== undefined).join(' ')

/** Returns the members that have a value. */
function present<T extends Members>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T
}
