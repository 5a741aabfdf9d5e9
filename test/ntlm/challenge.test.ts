import t from 'tap'
import { readNegotiate, SERVER_NAME, writeChallenge } from '../../src/ntlm/challenge.ts'
import { AV, FLAG, fieldAt, isMessage, MESSAGE, readPairs } from '../../src/ntlm/message.ts'
import { CURL_FLAGS, negotiateOf, WINDOWS_FLAGS } from '../kit/ntlm-client.ts'

const NOW = Date.UTC(2026, 10, 28)
const SERVER_CHALLENGE = Buffer.from('0123456789abcdef', 'hex')
const challengeFor = (asked: number) => writeChallenge(asked, SERVER_CHALLENGE, NOW)

t.test('readNegotiate() returns the flags of a first message', async t => {
  t.equal(readNegotiate(negotiateOf()), WINDOWS_FLAGS)
  t.equal(readNegotiate(negotiateOf().subarray(0, 16)), WINDOWS_FLAGS)
  t.equal(readNegotiate(negotiateOf().subarray(0, 15)), undefined)
  t.equal(readNegotiate(challengeFor(WINDOWS_FLAGS)), undefined)
})

t.test('writeChallenge() has everything that .NET requires', async t => {
  const challenge = challengeFor(WINDOWS_FLAGS)
  t.ok(isMessage(challenge, MESSAGE.challenge, 56))
  t.strictSame(challenge.subarray(24, 32), SERVER_CHALLENGE)
  const granted = challenge.readUInt32LE(20)
  for (const name of [
    'unicode',
    'ntlm',
    'extendedSessionSecurity',
    'requestTarget',
    'version',
    'keyExchange',
    'key128',
    'targetInfo',
    'alwaysSign',
    'sign',
  ] as const)
    t.not(granted & FLAG[name], 0, name)
  t.equal(granted & FLAG.oem, 0, 'but not both encodings')

  const pairs = readPairs(fieldAt(challenge, 40) ?? Buffer.alloc(0))
  const texts = new Map(pairs?.map(([id, value]) => [id, value.toString('utf16le')]))
  for (const id of [AV.netbiosDomain, AV.netbiosComputer, AV.dnsDomain, AV.dnsComputer])
    t.equal(texts.get(id), SERVER_NAME)
  const [, time] = pairs?.find(([id]) => id === AV.timestamp) ?? []
  t.equal(time?.readBigUInt64LE(), BigInt(NOW + 11_644_473_600_000) * 10_000n)
  t.equal(fieldAt(challenge, 12)?.toString('utf16le'), SERVER_NAME)
  t.ok(SERVER_NAME.length <= 15, 'NetBIOS')
})

t.test('writeChallenge() answers a client of OEM text in OEM text', async t => {
  const challenge = challengeFor(CURL_FLAGS)
  const granted = challenge.readUInt32LE(20)
  t.strictSame([granted & FLAG.unicode, granted & FLAG.keyExchange], [0, 0])
  t.not(granted & FLAG.oem, 0)
  t.equal(fieldAt(challenge, 12)?.toString('latin1'), SERVER_NAME)
})
