/**
 * The schemes that the data plane takes: each Authorization header has one authenticator.
 *
 * @module
 */

import type { Authentication, Authenticator, Presented } from './credentials.ts'
import type { KeyUsage } from './key-usage.ts'

/** What a {@link SchemeAuthenticator} works with. */
export type SchemePorts = Readonly<{
  /** Refuses every other scheme, and so whatever is none that is known. */
  basic: Authenticator
  bearer: Authenticator
  usage: KeyUsage
}>

/** Takes `Basic` and `Bearer`, and notes the use of keys. */
export class SchemeAuthenticator implements Authenticator {
  readonly #ports: SchemePorts

  constructor(ports: SchemePorts) {
    this.#ports = ports
  }

  async authenticate(presented: Presented): Promise<Authentication> {
    const { basic, bearer, usage } = this.#ports
    const authenticator = isBearer(presented.authorization) ? bearer : basic
    const authentication = await authenticator.authenticate(presented)
    if (authentication.kind === 'authenticated') usage.note(authentication.caller.key, presented.at)
    return authentication
  }
}

const isBearer = (authorization: string | undefined): boolean =>
  authorization !== undefined && /^Bearer /i.test(authorization)
