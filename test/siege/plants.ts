/**
 * Mistakes to plant in a copy of `src`. The siege must notice each of them, because it proves nothing about
 * mistakes that it would not notice.
 *
 * @module
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Plant = Readonly<{
  name: string
  /** Below `src`. */
  file: string
  from: string
  to: string
  /** Operation that shows the mistake, if it is rare among requests for all. */
  operation?: string
}>

export const PLANTS: readonly Plant[] = [
  {
    name: 'references in text are not decoded',
    file: 'ews/targets.ts',
    from: 'this.#wanted?.text.addCharacter(character)',
    to: '',
  },
  {
    name: 'a second Header is taken',
    file: 'ews/prologue.ts',
    from: "if (this.#header !== undefined) throw malformed('the Envelope has two Headers')",
    to: '',
  },
  {
    name: 'headers are known by their local name only',
    file: 'ews/headers.ts',
    from: 'make === undefined || tag.namespace !== TYPES_NS',
    to: 'make === undefined',
  },
  {
    name: 'a second impersonation is taken',
    file: 'ews/headers.ts',
    from: 'if (this.#seen.has(local))',
    to: 'if (false)',
  },
  {
    name: 'comments stay in the operation',
    file: 'ews/request-listener.ts',
    from: "if (this.targets !== undefined) throw malformed('a comment in or after the operation')",
    to: '',
  },
  {
    name: 'ids in attributes are not seen',
    file: 'ews/targets.ts',
    from: '(name.meaning & ID_LIKE) !== 0) this.#readId',
    to: '(name.meaning & FIELD) !== 0) this.#readId',
  },
  {
    name: 'references in attributes are not decoded',
    file: 'xml/attribute-value.ts',
    from: "referenced(bytes, reference + 1, i++) ?? ''",
    to: 'decodePlain(bytes, reference, ++i)',
  },
  {
    name: 'elements of other namespaces are taken in the body',
    file: 'ews/targets.ts',
    from: 'namespace !== TYPES_NS && namespace !== MESSAGES_NS',
    to: 'false',
  },
  {
    name: 'attributes may stand twice',
    file: 'xml/attributes.ts',
    from: 'if (this.at(j).name.written === written)',
    to: 'if (false)',
  },
  {
    name: 'end tags are not compared with their start tags',
    file: 'xml/tag.ts',
    from: 'open?.written !== written',
    to: 'open === undefined',
  },
  {
    name: 'end tags are known by their length',
    file: 'xml/scanner.ts',
    from: ' && same(name.bytes, bytes, from, end)',
    to: '',
  },
  {
    name: 'CDATA is taken in addresses',
    file: 'ews/targets.ts',
    from: 'if (cdata) throw malformed',
    to: 'if (cdata) return void malformed',
  },
  {
    name: 'a second operation is taken',
    file: 'ews/request-listener.ts',
    from: "if (this.operationEnd !== undefined) throw malformed('an element follows the operation')",
    to: '',
  },
  {
    name: 'the client’s own address is sent on',
    file: 'ews/rebuild.ts',
    from: 'escapeXml(primarySmtpAddress)',
    to: '(prologue.connectingSid?.value ?? primarySmtpAddress)',
  },
  {
    name: 'subscriptions are not seen',
    file: 'ews/targets.ts',
    from: ' || !this.#subscriptions.add(id, id)',
    to: '',
  },
  {
    name: 'folders have no owner',
    file: 'ews/targets.ts',
    from: "local === 'Mailbox' && this.#owners.length > 0",
    to: "local === 'Mailbox' && this.#owners.length > 9",
  },
  {
    name: 'overlong UTF-8 is taken',
    file: 'xml/utf8.ts',
    from: 'code < this.#least || code > 0x10ffff',
    to: 'code > 0x10ffff',
  },
  {
    name: 'surrogates in UTF-8 are taken where they are whole',
    file: 'xml/utf8.ts',
    from: '(three < 0xd800 || three > 0xdfff) && ',
    to: '',
  },
  {
    name: 'namespaces are written as they were not read',
    file: 'ews/rebuild.ts',
    from: 'escapeXml(uri)',
    to: 'uri',
  },
  {
    name: 'tokens for another audience are taken',
    file: 'credentials/issuer-tokens.ts',
    from: '        audience,\n        algorithms:',
    to: '        algorithms:',
  },
  {
    name: 'tokens without an expiry are taken',
    file: 'credentials/issuer-tokens.ts',
    from: "requiredClaims: ['exp'],",
    to: '',
  },
  {
    name: 'persons by an application are the application',
    file: 'credentials/issuer-tokens.ts',
    from: "claim !== 'appid' || scp === undefined",
    to: 'true',
  },
  {
    name: 'a profile allows an operation too many',
    file: 'policy/profiles.ts',
    from: "abilities: reading('mail'),",
    to: "abilities: { ...reading('mail'), ...DRAFTS },",
  },
  {
    name: 'a profile forgets to deny an operation',
    file: 'policy/profiles.ts',
    from: "allExcept('delete-items', 'delete-folders'",
    to: "allExcept('delete-items'",
  },
  {
    name: 'an unknown class is in every profile',
    file: 'policy/profile-content.ts',
    from: 'one !== undefined && access.includes(one)',
    to: 'one === undefined || access.includes(one)',
  },
  {
    name: 'protected mailboxes are open by their IDs',
    file: 'decision/body.ts',
    from: "reachOf(compiled.role.guard, acting) === 'any' && active === undefined",
    to: "reachOf(compiled.role.guard, acting) === 'any'",
  },
  {
    name: 'operations without a class open what they name',
    file: 'policy/profile-content.ts',
    from: '(hasClasses(profile) && namesContent(content))',
    to: 'false',
  },
  {
    name: 'subscriptions keep the classes of an earlier profile',
    file: 'policy/profile-content.ts',
    from: 'return watched?.every(watchedClass => access.includes(watchedClass)) !== true',
    to: 'return watched === undefined',
  },
  {
    name: 'deleted items of all folders are found in each',
    file: 'ews/content-facts.ts',
    from: "new Set(['Deep', 'Shallow'])",
    to: "new Set(['Deep', 'Shallow', 'SoftDeleted'])",
  },
  {
    name: 'a search folder has the class of its container',
    file: 'gateway/content-places.ts',
    from: 'if (folder?.isGeneric !== true)',
    to: 'if (folder === undefined)',
  },
  {
    name: 'a folder has a class wherever it is',
    file: 'gateway/content-places.ts',
    from: 'one !== undefined && isRoot(one)',
    to: 'one !== undefined',
  },
  {
    name: 'read receipts count as suppressed',
    file: 'ews/content.ts',
    from: "text === 'true' || text === '1'",
    to: 'text !== undefined || true',
    operation: 'MarkAllItemsAsRead',
  },
  {
    name: 'reminders by mail count as content',
    file: 'model/item-elements.ts',
    from: "notice: 'ArrayOfInboxReminder InboxReminder InboxReminders'",
    to: "notice: 'ArrayOfInboxReminder'",
    operation: 'CreateItem',
  },
  {
    name: 'rules that forward count as rules alone',
    file: 'ews/content.ts',
    from: "...SENDING_ACTIONS.map(name => [name, 'notice'] as const),",
    to: '',
    operation: 'UpdateInboxRules',
  },
  {
    name: 'retention tags count as content',
    file: 'model/item-elements.ts',
    from: "deletion: 'PolicyTag RetentionDate'",
    to: "deletion: 'RetentionDate'",
    operation: 'CreateItem',
  },
  {
    name: 'other meetings are in each profile',
    file: 'policy/profile-content.ts',
    from: '(allProperties || otherMeetings) && ',
    to: 'false && ',
    operation: 'GetItem',
  },
  {
    name: 'READ_ONLY reads user configurations',
    file: 'decision/role-type.ts',
    from: 'readOnlyAllowed && (!extraRead || guard.extraReads.includes(name))',
    to: 'readOnlyAllowed && (!extraRead || guard.extraReads !== undefined)',
    operation: 'GetUserConfiguration',
  },
  {
    name: 'the address book is always open',
    file: 'decision/role-type.ts',
    from: 'OPERATIONS[name].directoryLookup && !role.guard.directoryLookups',
    to: 'false',
    operation: 'ResolveNames',
  },
  {
    name: 'delegates need no switch',
    file: 'decision/role-type.ts',
    from: 'return guard[needs]',
    to: "return needs === 'delegation' || guard[needs]",
    operation: 'AddDelegate',
  },
  {
    name: 'access keys have no end',
    file: 'decision/caller.ts',
    from: '!isUsable(credential, request) ||',
    to: '',
  },
  {
    name: 'senders are left to servers that check none',
    file: 'policy/guard.ts',
    from: "senders === 'server' && named.enforcesSendAs",
    to: "senders === 'server'",
    operation: 'CreateItem',
  },
  {
    name: 'the server is asked as users that the rules deny',
    file: 'decision/body.ts',
    from: ' && mayActAs(body, user))',
    to: ')',
    operation: 'GetUserOofSettings',
  },
  {
    name: 'a draft asks the server',
    file: 'gateway/shadows.ts',
    from: "kind !== 'freshness' && isStoredKind(kind)",
    to: "kind !== 'freshness'",
  },
  {
    name: 'a draft decides',
    file: 'decision/authorize.ts',
    from: ': makeChecks(evaluationFor(basics, caller.role), CHECKS_OF',
    to: ': makeChecks(evaluationFor(basics, { ...caller.role, ...caller.role.shadow }), CHECKS_OF',
  },
  {
    name: 'archive tags count as content',
    file: 'policy/profile-content.ts',
    from: "if (content.archives && lacks('mark-items')) return true",
    to: '',
    operation: 'CreateItem',
  },
]

/** Folders of code. A link to them would be followed by the imports, to the folders without the mistake. */
const COPIED_PATHS = ['src', 'sandbox']
/** Files and folders outside of them that the code needs to run. */
const LINKED_PATHS = ['package.json', 'node_modules']

/** Copies a checkout and plants a mistake in the copy. `remove` deletes it. */
export function plant(root: string, mistake: Plant) {
  const text = textWith(root, mistake)
  const copy = mkdtempSync(join(tmpdir(), 'ews-gateway-plant-'))
  for (const folder of COPIED_PATHS)
    cpSync(join(root, folder), join(copy, folder), { recursive: true })
  for (const beside of LINKED_PATHS) symlinkSync(join(root, beside), join(copy, beside))
  writeFileSync(join(copy, 'src', mistake.file), text)
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) }
}

/** Returns the file with the mistake. @throws Error if the text to replace does not occur exactly once */
export function textWith(root: string, { name, file, from, to }: Plant): string {
  const text = readFileSync(join(root, 'src', file), 'utf8')
  if (text.split(from).length !== 2)
    throw new Error(`Cannot plant "${name}": ${file} has not once what is to be replaced`)
  return text.replace(from, () => to)
}
