/**
 * Attacks on connections that sign in by NTLM: relay, replay, pipelining, other credentials, and damaged messages.
 *
 * @module
 */

import { AUTHENTICATE } from '../../src/ntlm/message.ts'
import { negotiateOf, ntlm, OTHER_BINDING, type ProofParts, proofOf } from '../kit/ntlm-client.ts'
import { mutate } from '../kit/ntlm-mutants.ts'
import {
  type Account,
  accountOf,
  bytesOf,
  HOST,
  NtlmConnection,
  type Sent,
} from './ntlm-connection.ts'
import { Counter } from './part.ts'
import { Random } from './random.ts'
import { ORDINARY } from './requests.ts'
import { inParallel } from './wire.ts'

/** Host names that offer NTLM, and one that doesn't. */
export const HOSTS = {
  other: 'other.example.com',
  strict: 'strict.example.com',
  basic: 'basic.example.com',
} as const

/** Means of an attacker: connections of a victim, and a key of their own. */
type Scene = Readonly<{
  victim: () => NtlmConnection
  attacker: () => NtlmConnection
  /** Authorization header of the attacker. */
  own: string
}>

/** Steps of an attack. Returns the status of the request that must not succeed, or of several. */
type Steps = (scene: Scene) => Promise<number | readonly number[]>

/** A proof with a change. It must be rejected, however its connection began. */
const withProof =
  (parts: Partial<ProofParts>, sent: Sent = {}): Steps =>
  ({ victim }) =>
    victim().signIn(parts, sent)

/** Signs in, sends a request, and then one without a credential. */
const after =
  (sent: Sent | ((scene: Scene) => Sent)): Steps =>
  async scene => {
    const client = scene.victim()
    if ((await client.signIn()) !== 200 || (await client.status()) !== 200) return 200
    await client.ask(typeof sent === 'function' ? sent(scene) : sent)
    return client.isClosed ? 0 : await client.status()
  }

/** Sends bytes after a challenge, and returns all statuses but that of the first response. */
const behind =
  (first: (client: NtlmConnection) => Promise<string>, second: (scene: Scene) => string): Steps =>
  async scene => {
    const client = scene.victim()
    const responses = await client.send((await first(client)) + second(scene), 2)
    return responses.slice(1).map(({ status }) => status)
  }

const typeOne = () => bytesOf({ authorization: ntlm(negotiateOf()), body: '' })
const signedProof = async (client: NtlmConnection) =>
  bytesOf({ authorization: client.proof(await client.challenge()) })

/** Text before and after the token of a proof, which a strict server doesn't accept. */
const spelled =
  (change: (header: string) => string): Steps =>
  async ({ victim }) => {
    const client = victim()
    return client.status({ authorization: change(client.proof(await client.challenge())) })
  }

const ATTACKS: Readonly<Record<string, Steps>> = {
  'a proof for another service': withProof({ mic: 'ok', targetName: 'HTTP/evil.example.com' }),
  'a proof for another kind of service': withProof({ mic: 'ok', targetName: `cifs/${HOST}` }),
  'a proof for a host name without NTLM': withProof({
    mic: 'ok',
    targetName: `HTTP/${HOSTS.basic}`,
  }),
  'a proof bound to the certificate of another server': withProof({
    mic: 'ok',
    binding: OTHER_BINDING,
  }),
  'a proof with a wrong MIC': withProof({ mic: 'wrong' }),
  'a proof whose MIC is stripped': async ({ victim }) => {
    const client = victim()
    const message = proofIn(client.proof(await client.challenge(), { mic: 'ok' }))
    return client.status({
      authorization: ntlm(message.fill(0, AUTHENTICATE.mic, AUTHENTICATE.payload)),
    })
  },
  'a proof without a binding, where one is required': withProof(
    { mic: 'ok' },
    { host: HOSTS.strict },
  ),
  'a proof begun where none is required': async ({ victim }) => {
    const client = victim()
    const authorization = client.proof(await client.challenge())
    return client.status({ authorization, host: HOSTS.strict })
  },
  'an NTLMv1 response': withProof({ response: response => response.subarray(0, 24) }),
  'an empty response': withProof({ response: () => Buffer.alloc(0) }),
  'an anonymous proof': withProof({ user: '', password: '' }),
  'the key of another with a wrong secret': withProof({ password: 'wrong' }),
  'a proof without a first message': async ({ victim }) => {
    const authorization = victim().proof(await victim().challenge())
    return victim().status({ authorization })
  },
  'a proof for the challenge of another connection': async ({ victim, attacker }) => {
    const authorization = victim().proof(await victim().challenge())
    const thief = attacker()
    await thief.challenge()
    return thief.status({ authorization })
  },
  'a proof a second time on its connection': async ({ victim }) => {
    const client = victim()
    const authorization = client.proof(await client.challenge())
    if ((await client.status({ authorization })) !== 200) return 200
    return [await client.status({ authorization }), await client.status()]
  },
  'a proof a second time after another first message': async ({ victim }) => {
    const client = victim()
    const authorization = client.proof(await client.challenge())
    await client.status({ authorization })
    await client.challenge()
    return client.status({ authorization })
  },
  'a proof for the challenge before the last': async ({ victim }) => {
    const client = victim()
    const authorization = client.proof(await client.challenge())
    await client.challenge()
    return client.status({ authorization })
  },
  'a request behind the first message': behind(
    async () => typeOne(),
    () => bytesOf({}),
  ),
  'a good credential behind the first message': behind(
    async () => typeOne(),
    ({ own }) => bytesOf({ authorization: own }),
  ),
  'a first message behind the first': behind(async () => typeOne(), typeOne),
  'a request behind the proof': behind(signedProof, () => bytesOf({})),
  'another credential behind the proof': behind(signedProof, ({ own }) =>
    bytesOf({ authorization: own }),
  ),
  'a request between challenge and proof': async ({ victim }) => {
    const client = victim()
    await client.challenge()
    return client.status()
  },
  'a request in the body of the first message': async ({ victim }) => {
    const client = victim()
    const responses = await client.send(
      bytesOf({ authorization: ntlm(negotiateOf()), body: bytesOf({}) }),
    )
    return responses.map(({ status }) => status)
  },
  'an operation in the body of the first message': async ({ victim }) => {
    const client = victim()
    const status = await client.status({ authorization: ntlm(negotiateOf()), body: ORDINARY })
    client.close()
    return status
  },
  'a request after a good Basic header': after(({ own }) => ({ authorization: own })),
  'a request after a wrong Basic header': after({ authorization: 'Basic eDp5' }),
  'a request after a token': after({ authorization: 'Bearer eyJ.x.y' }),
  'a request after an empty Authorization header': after({ authorization: '' }),
  'a request after one under another host name': after({ host: HOSTS.other }),
  'a request after one under a host name without NTLM': after({ host: HOSTS.basic }),
  'a request after one under an unknown host name': after({ host: 'x.example.com' }),
  'a request after one of a proxy, by X-Forwarded-For': after({
    headers: ['X-Forwarded-For: 192.0.2.1'],
  }),
  'a request after one of a proxy, by Via': after({ headers: ['Via: 1.1 proxy'] }),
  'a request after one of a proxy, by Forwarded': after({ headers: ['Forwarded: for=192.0.2.1'] }),
  'a request after another first message': after({ authorization: ntlm(negotiateOf()) }),
  'a request after an unexpected proof': after({
    authorization: ntlm(proofOf(foreignChallenge(), { user: 'x', password: 'x' })),
  }),
  'a request after a damaged message': after({ authorization: 'NTLM AAAA' }),
  'a request after a first message that is too large': after({
    authorization: ntlm(Buffer.concat([negotiateOf(), Buffer.alloc(1_000)])),
  }),
  'a request under another host name': async ({ victim }) => {
    const client = victim()
    if ((await client.signIn()) !== 200) return 200
    return client.status({ host: HOSTS.other })
  },
  'a request with two host names': async ({ victim }) => {
    const client = victim()
    if ((await client.signIn()) !== 200) return 200
    return client.status({ headers: [`Host: ${HOSTS.other}`] })
  },
  'a token for the connection': async ({ victim }) => {
    const client = victim()
    if ((await client.signIn()) !== 200) return 200
    const body = 'grant_type=client_credentials&scope=migration-full'
    return client.status({ line: 'POST /oauth2/token HTTP/1.1', body })
  },
  'another connection from the same address': async ({ victim, attacker }) => {
    if ((await victim().signIn()) !== 200) return 200
    return attacker().status()
  },
  'a proof in a list of credentials': spelled(header => `Basic eDp5, ${header}`),
  'a proof and a parameter': spelled(header => `${header}, realm="x"`),
  'a proof under the name Negotiate': spelled(header => header.replace('NTLM', 'Negotiate')),
  'a proof behind a tab': spelled(header => header.replace(' ', '\t')),
  'a proof in base64url': spelled(header => header.replaceAll('A', '-')),
}

/** Returns the message in an Authorization header. */
const proofIn = (header: string) => Buffer.from(header.replace('NTLM ', ''), 'base64')

/** A challenge that no gateway sent. */
function foreignChallenge(): Buffer {
  const challenge = Buffer.alloc(56)
  challenge.writeUInt32LE(0x88205, 20)
  return challenge
}

type Family = Readonly<{ tried: number; lines: readonly string[]; findings: readonly string[] }>

/** Addresses of this machine in networks of their own, because failures count by network too. */
const addressOf = (number: number) => `127.${1 + ((number >> 8) % 254)}.${number & 255}.1`

/** Tries each attack. @param headers - Authorization headers of the attacker and of the victim */
export async function handshakes(
  port: number,
  { attacker, victim }: Readonly<Record<'attacker' | 'victim', string>>,
): Promise<Family> {
  const [answers, findings] = [new Counter(), [] as string[]]
  let number = 0
  for (const [name, steps] of Object.entries(ATTACKS)) {
    const opened: NtlmConnection[] = []
    const address = addressOf(number)
    number += 1
    const open = (account: Account) => () => {
      const connection = new NtlmConnection(port, account, address)
      opened.push(connection)
      return connection
    }
    const scene = {
      victim: open(accountOf(victim)),
      attacker: open(accountOf(attacker)),
      own: attacker,
    }
    const statuses = [await steps(scene)].flat()
    for (const status of statuses) answers.add(status === 0 ? 'closed' : `answered ${status}`)
    if (statuses.some(status => status < 300 && status !== 0)) findings.push(`${name}: ${statuses}`)
    for (const connection of opened) connection.close()
  }
  const client = new NtlmConnection(port, accountOf(victim))
  if ((await client.signIn()) !== 200 || (await client.status()) !== 200)
    findings.push('a correct sign-in is rejected')
  client.close()
  return { tried: number, lines: [`handshakes: ${answers}`], findings }
}

const WIDTH = 4
const CONTROL = 100

/** Sends mutants of first messages and of proofs, each from an address of its own. */
export async function ntlmMutants(
  port: number,
  victim: string,
  { seed, count }: Readonly<{ seed: number; count: number }>,
): Promise<Family> {
  const [answers, findings] = [new Counter(), [] as string[]]
  const account = accountOf(victim)
  const numbers = Array.from({ length: count }, (_, number) => number)
  await inParallel(numbers, WIDTH, async number => {
    const random = new Random(seed, number)
    const client = new NtlmConnection(port, account, addressOf(number))
    await client.ask({ authorization: ntlm(mutate(negotiateOf(), random)), body: '' })
    if (!client.isClosed) {
      const proof = proofOf(await client.challenge(), {
        ...account,
        mic: 'ok',
        targetName: `HTTP/${HOST}`,
      })
      const mutant = mutate(proof, random)
      const status = mutant.equals(proof)
        ? 401
        : await client.status({ authorization: ntlm(mutant) })
      answers.add(status === 0 ? 'closed' : `answered ${status}`)
      if (status === 200) findings.push(`message ${number} is accepted: ${mutant.toString('hex')}`)
      if (status === 200 || number % CONTROL > 0) return client.close()
      if ((await client.signIn({ mic: 'ok' })) !== 200)
        findings.push(`a correct sign-in after message ${number} is rejected`)
    }
    client.close()
  })
  return { tried: count, lines: [`messages of NTLM: ${answers}`], findings }
}
