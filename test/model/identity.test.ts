import fc from 'fast-check'
import t from 'tap'
import { foldName, isAddress } from '../../src/model/identity.ts'
import { anyCharacter } from '../kit/characters.ts'

for (const [name, folded] of [
  ['', ''],
  ['Alice@Example.COM', 'alice@example.com'],
  ['S-1-5-21-1', 's-1-5-21-1'],
  ['ALLE@ÄÖÜ', 'alle@ÄÖÜ'],
  ['İ', 'İ'],
  ['\u212aelvin', '\u212aelvin'],
  ['ſ', 'ſ'],
  ['ΑΣ', 'ΑΣ'],
  ['ＡＢＣ', 'ＡＢＣ'],
  [' A ', ' a '],
  ['[@`{', '[@`{'],
] as const) {
  t.equal(foldName(name), folded, `foldName() of ${JSON.stringify(name)}`)
}

const anyName = fc.string({ unit: anyCharacter })
const law = <Ts>(name: string, property: fc.IProperty<Ts>) =>
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }), name)

law(
  'foldName() folds once and for all',
  fc.property(anyName, name => foldName(foldName(name)) === foldName(name)),
)
law(
  'foldName() changes no letter beyond ASCII',
  fc.property(anyName, name => {
    const beyond = (text: string) => text.replaceAll(/[A-Za-z]/g, '')
    return beyond(foldName(name)) === beyond(name) && foldName(name).length === name.length
  }),
)
law(
  'foldName() tells apart what differs by more than the case of ASCII letters',
  fc.property(anyName, anyName, (a, b) => {
    const codes = (text: string) =>
      text
        .split('')
        .map(unit => (/[A-Z]/.test(unit) ? unit.charCodeAt(0) + 32 : unit.charCodeAt(0)))
    return (foldName(a) === foldName(b)) === (codes(a).join() === codes(b).join())
  }),
)

for (const address of [
  'alice@example.com',
  'Alice.Smith@Example.COM',
  "o'brien@example.com",
  'alice+tag@example.com',
  'a/b@example.com',
  'a=b@example.com',
  '%name%@example.com',
  '_@example.com',
  'alice@localhost',
  'alice@xn--mnchen-3ya.example',
  'alice@192.0.2.7',
  `${'a'.repeat(64)}@example.com`,
  `${'a'.repeat(244)}@example.com`,
]) {
  t.ok(isAddress(address), `isAddress() takes ${address}`)
}

for (const [name, text] of [
  ['nothing', ''],
  ['no @', 'alice'],
  ['an @ alone', '@'],
  ['no local part', '@example.com'],
  ['no domain', 'alice@'],
  ['two @', 'alice@evil.example@example.com'],
  ['a full-width @', 'alice＠example.com'],
  ['a small @', 'alice﹫example.com'],
  ['a full-width @ besides', 'alice@example.com＠example.com'],
  ['U+0130', 'alİce@example.com'],
  ['U+0130 in the domain', 'alice@exampİe.com'],
  ['U+0131', 'alıce@example.com'],
  ['the Kelvin sign', 'alice@\u212aelvin.example'],
  ['a long s', 'aliſe@example.com'],
  ['a Cyrillic a', 'аlice@example.com'],
  ['an ideographic full stop', 'alice@example。com'],
  ['an umlaut in the domain', 'alice@münchen.example'],
  ['a soft hyphen', 'ali\u00adce@example.com'],
  ['a zero-width space', 'alice\u200b@example.com'],
  ['a right-to-left override', 'alice\u202e@example.com'],
  ['a byte order mark', '\ufeffalice@example.com'],
  ['a lone surrogate', 'alice\ud800@example.com'],
  ['a trailing dot', 'alice@example.com.'],
  ['a leading dot in the domain', 'alice@.example.com'],
  ['two dots in the domain', 'alice@example..com'],
  ['a dot for a domain', 'alice@.'],
  ['a trailing blank', 'alice@example.com '],
  ['a leading blank', ' alice@example.com'],
  ['a blank inside', 'al ice@example.com'],
  ['a trailing no-break space', 'alice@example.com\u00a0'],
  ['a trailing tab', 'alice@example.com\t'],
  ['a trailing line feed', 'alice@example.com\n'],
  ['a line of its own', 'x\nalice@example.com'],
  ['a carriage return', 'alice@example.com\r\nBcc:x'],
  ['a NUL', 'alice\u0000@example.com'],
  ['a DEL', 'alice\u007f@example.com'],
  ['quotes', '"alice"@example.com'],
  ['a quoted @', '"alice@evil.example"@example.com'],
  ['SMTP:', 'SMTP:alice@example.com'],
  ['smtp:', 'smtp:alice@example.com'],
  ['mailto:', 'mailto:alice@example.com'],
  ['a display name', 'Alice <alice@example.com>'],
  ['angle brackets', '<alice@example.com>'],
  ['a comment', 'alice(x)@example.com'],
  ['a list', 'alice@example.com,bob@example.com'],
  ['a list with semicolon', 'alice@example.com;bob@example.com'],
  ['a source route', '@evil.example:alice@example.com'],
  ['a backslash', 'CORP\\alice@example.com'],
  ['an address literal', 'alice@[192.0.2.7]'],
  ['a port', 'alice@example.com:25'],
  ['a path', 'alice@example.com/x'],
  ['an entity', 'alice@example.com&amp;'],
  ['an underscore in the domain', 'alice@exam_ple.com'],
  ['an X.500 name', '/o=Example/ou=Exchange/cn=Recipients/cn=alice'],
  ['257 characters', `${'a'.repeat(245)}@example.com`],
] as const) {
  t.notOk(isAddress(text), `isAddress() refuses ${name}`)
}

law(
  'isAddress() takes nothing that folding by Unicode could change otherwise than by ASCII',
  fc.property(
    fc.string({ unit: anyCharacter }),
    fc.constantFrom('alice@', 'a', ''),
    fc.constantFrom('@example.com', '.com', ''),
    (middle, before, after) => {
      const text = before + middle + after
      return !isAddress(text) || text.normalize('NFKC').toLowerCase() === foldName(text)
    },
  ),
)
law(
  'isAddress() sees one @ with something on either side',
  fc.property(fc.string({ unit: fc.constantFrom(...'a.@ <"') }), text => {
    const parts = text.split('@')
    return !isAddress(text) || (parts.length === 2 && parts.every(part => part !== ''))
  }),
)
