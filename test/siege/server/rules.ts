/**
 * UpdateInboxRules and GetInboxRules.
 *
 * @module
 */

import { ResponseError } from '../../../sandbox/fault.ts'
import { message, type Operation } from '../../../sandbox/operations/operation.ts'
import { namedMailbox } from '../../../sandbox/operations/settings.ts'
import { m, t, type XmlElement } from '../../../sandbox/xml.ts'
import type { MailboxSettings, ServerSettings } from './mailbox-settings.ts'

/** Actions by which a server sends mail or text messages later. */
const SENDING =
  /^(Forward(AsAttachment)?ToRecipients|RedirectToRecipients|SendSMSAlertToRecipients|ServerReplyWithMessage)$/

/** Whether a rule makes the server send. */
export const isSending = (rule: XmlElement): boolean =>
  rule.listAt('Actions').some(({ name }) => SENDING.test(name))

export const updateInboxRules =
  (settings: ServerSettings): Operation =>
  call =>
    message('UpdateInboxRulesResponse', () => {
      const { rules } = settings.of(namedMailbox(call, call.request.textAt('MailboxSmtpAddress')))
      for (const operation of call.request.listAt('Operations')) apply(rules, operation)
      return []
    })

function apply(rules: MailboxSettings['rules'], operation: XmlElement) {
  const rule = operation.child('Rule')
  const id = operation.textAt('RuleId') ?? rule?.textAt('RuleId') ?? ''
  if (operation.name === 'CreateRuleOperation' && rule !== undefined)
    rules.set(`rule ${rules.size + 1}`, rule)
  else if (!rules.has(id)) throw new ResponseError('ErrorItemNotFound')
  else if (operation.name === 'DeleteRuleOperation') rules.delete(id)
  else if (rule !== undefined) rules.set(id, rule)
}

export const getInboxRules =
  (settings: ServerSettings): Operation =>
  call =>
    message('GetInboxRulesResponse', () => {
      const { rules } = settings.of(namedMailbox(call, call.request.textAt('MailboxSmtpAddress')))
      return [
        m('OutlookRuleBlobExists', 'false'),
        m(
          'InboxRules',
          [...rules.values()].map(rule => t('Rule', rule.children)),
        ),
      ]
    })
