/**
 * Autodiscover as SOAP: `/autodiscover/autodiscover.svc`, of which GetUserSettings alone.
 *
 * @see https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getusersettings-operation-soap
 * @module
 */

import { SOAP_NS } from '../../model/envelope.ts'
import { malformed } from '../../xml/malformed.ts'
import type { DiscoveryAnswer, Form, Question } from './autodiscover.ts'
import { inside, readDocument, textsOf, writeDocument } from './document.ts'

const NS = 'http://schemas.microsoft.com/exchange/2010/Autodiscover'
const XSI_NS = 'http://www.w3.org/2001/XMLSchema-instance'
const ADDRESSING_NS = 'http://www.w3.org/2005/08/addressing'
const ACTION = `${NS}/Autodiscover/GetUserSettingsResponse`

/**
 * What is told: where the gateway is. exchangelib wants the address back that it has sent itself,
 * which is why that is told too, as it came and never as the directory has it.
 */
const SETTINGS: ReadonlyMap<string, (question: Question, ewsUrl: string) => string> = new Map([
  ['InternalEwsUrl', (_, ewsUrl) => ewsUrl],
  ['ExternalEwsUrl', (_, ewsUrl) => ewsUrl],
  ['AutoDiscoverSMTPAddress', ({ address }) => address],
])

const NO_ERROR = { 'a:ErrorCode': 'NoError', 'a:ErrorMessage': '' }

/** For one user at a time: each request is one decision. */
export const SOAP: Form = {
  read: body => {
    const envelope = readDocument(body, SOAP_NS, 'Envelope')
    const request = inside(envelope, 'Body', 'GetUserSettingsRequestMessage', 'Request')
    if (request === undefined) throw malformed('only GetUserSettings is answered')
    const [address, another] = textsOf(inside(request, 'Users', 'User'), 'Mailbox')
    if (!address || another !== undefined) throw malformed('there must be one User')
    return { address, settings: textsOf(inside(request, 'RequestedSettings'), 'Setting') }
  },
  found: (question, ewsUrl) => {
    const asked = new Set(question.settings)
    const told = [...SETTINGS].filter(([name]) => asked.has(name))
    return answer({
      ...NO_ERROR,
      'a:UserResponses': {
        'a:UserResponse': {
          ...NO_ERROR,
          'a:UserSettingErrors': '',
          'a:UserSettings': {
            'a:UserSetting': told.map(([name, tell]) => ({
              '@i:type': 'a:StringSetting',
              'a:Name': name,
              'a:Value': tell(question, ewsUrl),
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
          '@xmlns:a': NS,
          '@xmlns:i': XSI_NS,
          'a:Response': response,
        },
      },
    },
  }),
})
