/**
 * Autodiscover as SOAP: `/autodiscover/autodiscover.svc`, only with GetUserSettings.
 *
 * @see
 * https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getusersettings-operation-soap
 *
 * @module
 */

import { ADDRESSING_NS, AUTODISCOVER_NS, SOAP_NS } from '../../model/envelope.ts'
import { malformed } from '../../xml/malformed.ts'
import type { Discovered, DiscoveryAnswer, Form, Question } from './autodiscover.ts'
import { inside, readDocument, textsOf, writeDocument } from './document.ts'
import { GROUPING_INFORMATION } from './grouping.ts'

const XSI_NS = 'http://www.w3.org/2001/XMLSchema-instance'
const ACTION = `${AUTODISCOVER_NS}/Autodiscover/GetUserSettingsResponse`

/**
 * Settings that a client can get. The response repeats the address that the client sent, because exchangelib
 * expects it and because the address in the directory must not be revealed.
 */
const SETTINGS: ReadonlyMap<
  string,
  (question: Question, discovered: Discovered) => string | undefined
> = new Map([
  ['InternalEwsUrl', (_, { ewsUrl }) => ewsUrl],
  ['ExternalEwsUrl', (_, { ewsUrl }) => ewsUrl],
  ['AutoDiscoverSMTPAddress', ({ address }) => address],
  [GROUPING_INFORMATION, (_, { grouping }) => grouping?.value],
])

const NO_ERROR = { 'a:ErrorCode': 'NoError', 'a:ErrorMessage': '' }

/** Accepts one user per request, because each request is one decision. */
export const SOAP: Form = {
  read: body => {
    const envelope = readDocument(body, SOAP_NS, 'Envelope')
    const request = inside(envelope, 'Body', 'GetUserSettingsRequestMessage', 'Request')
    if (request === undefined) throw malformed('only GetUserSettings is supported')
    const [address, another] = textsOf(inside(request, 'Users', 'User'), 'Mailbox')
    if (!address || another !== undefined) throw malformed('the request must have exactly one User')
    return { address, settings: textsOf(inside(request, 'RequestedSettings'), 'Setting') }
  },
  found: (question, discovered) => {
    const asked = new Set(question.settings)
    const told = [...SETTINGS]
      .filter(([name]) => asked.has(name))
      .map(([name, tell]) => ({ name, value: tell(question, discovered) }))
    return answer({
      ...NO_ERROR,
      'a:UserResponses': {
        'a:UserResponse': {
          ...NO_ERROR,
          'a:UserSettingErrors': lacksGrouping(asked, discovered) ? GROUPING_MISSING : '',
          'a:UserSettings': {
            'a:UserSetting': told
              .filter(({ value }) => value !== undefined)
              .map(({ name, value }) => ({
                '@i:type': 'a:StringSetting',
                'a:Name': name,
                'a:Value': value,
              })),
          },
        },
      },
    })
  },
  notFound: () =>
    answer({
      ...NO_ERROR,
      'a:UserResponses': {
        'a:UserResponse': {
          'a:ErrorCode': 'InvalidUser',
          'a:ErrorMessage': 'The email address cannot be found.',
          'a:UserSettingErrors': '',
          'a:UserSettings': '',
        },
      },
    }),
  invalid: why =>
    answer({ 'a:ErrorCode': 'InvalidRequest', 'a:ErrorMessage': `Invalid request: ${why}` }),
}

/** Whether the client requested GroupingInformation that the upstream doesn't have. */
const lacksGrouping = (asked: ReadonlySet<string>, { grouping }: Discovered): boolean =>
  asked.has(GROUPING_INFORMATION) && grouping !== undefined && grouping.value === undefined

const GROUPING_MISSING = {
  'a:UserSettingError': {
    'a:ErrorCode': 'SettingIsNotAvailable',
    'a:ErrorMessage': `The setting ${GROUPING_INFORMATION} is not available.`,
    'a:SettingName': GROUPING_INFORMATION,
  },
}

const answer = (response: object): DiscoveryAnswer => ({
  status: 200,
  type: 'text/xml; charset=utf-8',
  body: writeDocument({
    's:Envelope': {
      '@xmlns:s': SOAP_NS,
      '@xmlns:w': ADDRESSING_NS,
      's:Header': { 'w:Action': { '@s:mustUnderstand': '1', '#text': ACTION } },
      's:Body': {
        'a:GetUserSettingsResponseMessage': {
          '@xmlns:a': AUTODISCOVER_NS,
          '@xmlns:i': XSI_NS,
          'a:Response': response,
        },
      },
    },
  }),
})
