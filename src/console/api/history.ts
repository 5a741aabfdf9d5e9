/**
 * Types of decisions, changes, and totals.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

type FilterOf<T extends 'EwsGateway.ListDecisions' | 'EwsGateway.ListChanges'> = NonNullable<
  Input<T>['Filters']
>[number]
type AnyFilter = FilterOf<'EwsGateway.ListDecisions'> | FilterOf<'EwsGateway.ListChanges'>

export type Property = AnyFilter['Property']

/** Filter by one of the given properties. */
export type Filter<P extends Property = Property> = Omit<AnyFilter, 'Property'> & { Property: P }

export type AuditRecord = Output<'EwsGateway.GetDecision'>['Record']
export type Outcome = NonNullable<Output<'EwsGateway.GetDecision'>['Outcome']>
export type Decision = Output<'EwsGateway.ListDecisions'>['Decisions'][number]
export type Verdict = Decision['Verdict']
export type Change = Output<'EwsGateway.ListChanges'>['Changes'][number]
export type TotalsRow = Output<'EwsGateway.SummarizeDecisions'>['Rows'][number]
export type GroupBy = Input<'EwsGateway.SummarizeDecisions'>['GroupBy'][number]
