/**
 * The actions on users.
 *
 * @module
 */

import type { More, Page, Takes } from './types.ts'

export type FoundUser = {
  UserId: string
  Email: string
  DisplayName?: string
  PrincipalName?: string
  Enabled: boolean
}

export interface UserActions {
  'EwsGateway.SearchUsers': Takes<{ Text?: string } & Page, { Users: FoundUser[] } & More>
  'WorkMailService.DescribeUser': Takes<
    { UserId: string },
    { UserId: string; Email: string; DisplayName?: string; State: 'ENABLED' | 'DISABLED' }
  >
}
