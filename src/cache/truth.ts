/**
 * Dependencies of the cache: the store that it reads, and everything around it.
 *
 * @module
 */

import type {
  AccessControlReader,
  ChangeReader,
  CredentialReader,
  EpochStore,
  RoleReader,
  SubscriptionReader,
  UserReader,
} from '../store/store.ts'
import type { FetchPorts } from './fetch.ts'

/** The parts of the store that the data plane reads. */
export type Truth = UserReader &
  RoleReader &
  CredentialReader &
  SubscriptionReader &
  AccessControlReader &
  ChangeReader &
  EpochStore

/** `maxAgeMs`: how old anything may be that a decision uses. */
export type KnowledgePorts = FetchPorts & Readonly<{ store: Truth }>
