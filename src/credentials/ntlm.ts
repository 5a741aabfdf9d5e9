/**
 * Windows authentication by NTLMv2, with the secret of an access key as password. Needs no domain controller.
 *
 * The NT hash of a secret is computed for each sign-in and never stored, because it is as secret as the secret.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import type { AccessKeyId, Credential } from '../model/principal.ts'
import { isUnprotected, type Protection, type SignIn, type SignInOffer } from '../model/sign-in.ts'
import { readNegotiate, SERVER_NAME, writeChallenge } from '../ntlm/challenge.ts'
import { channelBindingHash } from '../ntlm/channel-binding.ts'
import { ntHashOf } from '../ntlm/message.ts'
import {
  type Negotiation,
  type Proof,
  readProof,
  verifyBinding,
  verifyProof,
} from '../ntlm/proof.ts'
import { unsealSecret } from './access-key.ts'
import type { ConnectionScheme, Exchange } from './connection-authenticator.ts'
import type { AuthenticationRequest, Caller, RequestAuthentication } from './credentials.ts'
import { KeyAuthenticator, type KeyPorts } from './key-authenticator.ts'
import { makeSecret } from './secret-text.ts'
import { readUserName } from './user-name.ts'

/** Dependencies of an {@link NtlmScheme}. */
export type NtlmPorts = KeyPorts &
  Readonly<{
    /** Host names of the gateway, in lower case. A proof for the service of another name is rejected. */
    hostNames: ReadonlySet<string>
  }>

/** Maximum size of a first message, which is kept until the proof arrives. Contains two names of at most 255 bytes. */
const MAX_NEGOTIATE_BYTES = 576

/** Authenticates connections by NTLMv2. */
export class NtlmScheme implements ConnectionScheme {
  readonly scheme = 'NTLM'
  readonly #ports: NtlmPorts
  readonly #keys: KeyAuthenticator
  /** Secret to verify proofs with if a key does not exist, so that rejecting one takes as long as a wrong secret. */
  readonly #dummy: Readonly<{ sealedSecret: Uint8Array }>

  constructor(ports: NtlmPorts) {
    this.#ports = ports
    this.#keys = new KeyAuthenticator(ports)
    const secret = Buffer.from(makeSecret().reveal())
    this.#dummy = { sealedSecret: ports.masterKey.seal('secrets', secret) }
  }

  begin(message: Buffer, { at }: AuthenticationRequest): Exchange | undefined {
    const asked = message.length > MAX_NEGOTIATE_BYTES ? undefined : readNegotiate(message)
    if (asked === undefined) return undefined
    const serverChallenge = randomBytes(8)
    const challenge = unpooled(writeChallenge(asked, serverChallenge, at))
    const negotiation = { negotiate: unpooled(message), challenge, serverChallenge }
    return { challenge, verify: (proof, request) => this.#verify(negotiation, proof, request) }
  }

  unexpected(request: AuthenticationRequest): RequestAuthentication {
    return this.#keys.unknown(request, undefined)
  }

  checkAgain(caller: Caller, request: AuthenticationRequest): MaybePromise<RequestAuthentication> {
    return this.#keys.checkAgain(caller, request)
  }

  #verify(
    negotiation: Negotiation,
    message: Buffer,
    request: AuthenticationRequest,
  ): MaybePromise<RequestAuthentication> {
    const proof = readProof(message)
    const name = proof && readUserName(typedName(proof))
    if (!proof || !name || !this.#keys.recognizes(name)) return this.#keys.unknown(request, name)
    const { masterKey } = this.#ports
    let signIn: SignIn = { scheme: 'NTLM', signedInBy: 'request', workstation: proof.workstation }
    const authenticating = this.#keys.authenticate(request, name.keyId as AccessKeyId, credential =>
      this.#keys.callerOf(name, credential, found => {
        const secret = unsealSecret(masterKey, found?.key ?? this.#dummy)
        const { isProven, mic } = verifyProof(proof, negotiation, ntHashOf(secret.reveal()))
        const protections = { mic, ...this.#protectionsOf(proof, request) }
        if (!isProven) return undefined
        // Without the right secret, the MIC can't be verified, and the other parts prove nothing.
        signIn = { ...signIn, ...protections }
        if (Object.values(protections).includes('wrong')) return undefined
        const protectionRequiredBy = requiringProtection(request.offer, found)
        if (!protectionRequiredBy || !isUnprotected(signIn)) return signIn
        signIn = { ...signIn, protectionRequiredBy }
        return undefined
      }),
    )
    return after(authenticating, authentication =>
      authentication.kind === 'wrong' ? { ...authentication, signIn } : authentication,
    )
  }

  #protectionsOf(
    proof: Proof,
    { connection }: AuthenticationRequest,
  ): Readonly<Record<'channelBinding' | 'targetName', Protection>> {
    const certificate = connection.certificate()
    return {
      channelBinding: verifyBinding(proof, certificate && channelBindingHash(certificate)),
      targetName: this.#verifyTarget(proof),
    }
  }

  /** Compares the service that the client wants to sign in at, such as `HTTP/ews.example.com:443`. */
  #verifyTarget({ targetName }: Proof): Protection {
    if (targetName === '') return 'absent'
    const [service, host = ''] = targetName.toLowerCase().split('/')
    const { hostNames } = this.#ports
    const port = host.lastIndexOf(':')
    const isOurs = hostNames.has(host) || (port !== -1 && hostNames.has(host.slice(0, port)))
    return service === 'http' && isOurs ? 'ok' : 'wrong'
  }
}

/** Returns who requires that a proof has a MIC and a channel binding; undefined if they can be absent. */
function requiringProtection(
  offer: SignInOffer,
  credential: Credential | undefined,
): SignIn['protectionRequiredBy'] {
  if (offer.extendedProtection === 'require') return 'host'
  return credential?.key.extendedProtection === 'require' ? 'key' : undefined
}

/**
 * Returns the user name as the user typed it: with the domain as role. A client can fill in the domain by itself, with
 * the name of the server or of its machine; then there is no role.
 */
function typedName({ user, domain, workstation }: Proof): string {
  const filledIn = ['', '.', SERVER_NAME, workstation].map(name => name.toUpperCase())
  return filledIn.includes(domain.toUpperCase()) ? user : `${domain}\\${user}`
}

/** Copies bytes into memory of their own, because a kept slice keeps all of the pool that it is in. */
const unpooled = (bytes: Buffer) => Buffer.from(new Uint8Array(bytes).buffer)
