/**
 * Chooses the authenticator for the scheme of an Authorization header.
 *
 * @module
 */

import { after, type MaybePromise } from '../model/maybe-promise.ts'
import type { Authentication, AuthenticationRequest, Authenticator } from './credentials.ts'
import type { KeyUsage } from './key-usage.ts'

/** Dependencies of a {@link SchemeAuthenticator}. */
export type SchemePorts = Readonly<{
  /** Authenticator for `Basic`. It rejects every other scheme. */
  basic: Authenticator
  bearer: Authenticator
  usage: KeyUsage
}>

/** Authenticates `Basic` and `Bearer`, and records the use of keys. */
export class SchemeAuthenticator implements Authenticator {
  readonly #ports: SchemePorts

  constructor(ports: SchemePorts) {
    this.#ports = ports
  }

  authenticate(request: AuthenticationRequest): MaybePromise<Authentication> {
    const { basic, bearer, usage } = this.#ports
    const authenticator = isBearer(request.authorization) ? bearer : basic
    return after(authenticator.authenticate(request), authentication => {
      if (authentication.kind === 'authenticated') usage.note(authentication.caller.key, request.at)
      return authentication
    })
  }
}

const isBearer = (authorization: string | undefined): boolean =>
  authorization !== undefined && /^Bearer /i.test(authorization)
