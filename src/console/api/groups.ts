/**
 * The actions on groups.
 *
 * @module
 */

import type { More, Page, Takes } from './types.ts'

export type Group = { Id: string; Name: string; Email?: string }

export interface GroupActions {
  'WorkMailService.ListGroups': Takes<
    Page & { Filters?: { NamePrefix: string } },
    { Groups: Group[] } & More
  >
  'WorkMailService.DescribeGroup': Takes<{ GroupId: string }, { Name: string; Email?: string }>
}
