/**
 * GetServerTimeZones: a few time zones, with their current rules.
 *
 * @module
 */

import { m, t, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

/** Start of a rule: the n-th Sunday of a month, or the last one for -1. */
type Rule = Readonly<{ month: number; occurrence: number; time: string }>

type Zone = Readonly<{
  id: string
  name: string
  /** Difference between UTC and local time, as xs:duration. */
  bias: string
  daylight?: Readonly<{ bias: string; starts: Rule; ends: Rule }>
}>

const EUROPE = {
  starts: { month: 3, occurrence: -1, time: 'PT2H' },
  ends: { month: 10, occurrence: -1, time: 'PT3H' },
} as const
const AMERICA = {
  starts: { month: 3, occurrence: 2, time: 'PT2H' },
  ends: { month: 11, occurrence: 1, time: 'PT2H' },
} as const

const ZONES: readonly Zone[] = [
  { id: 'UTC', name: '(UTC) Coordinated Universal Time', bias: 'PT0S' },
  {
    id: 'GMT Standard Time',
    name: '(UTC+00:00) Dublin, Edinburgh, Lisbon, London',
    bias: 'PT0S',
    daylight: {
      bias: '-PT1H',
      starts: { month: 3, occurrence: -1, time: 'PT1H' },
      ends: { month: 10, occurrence: -1, time: 'PT2H' },
    },
  },
  { id: 'Greenwich Standard Time', name: '(UTC+00:00) Monrovia, Reykjavik', bias: 'PT0S' },
  {
    id: 'W. Europe Standard Time',
    name: '(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna',
    bias: '-PT1H',
    daylight: { bias: '-PT2H', ...EUROPE },
  },
  {
    id: 'Eastern Standard Time',
    name: '(UTC-05:00) Eastern Time (US & Canada)',
    bias: 'PT5H',
    daylight: { bias: 'PT4H', ...AMERICA },
  },
  {
    id: 'Pacific Standard Time',
    name: '(UTC-08:00) Pacific Time (US & Canada)',
    bias: 'PT8H',
    daylight: { bias: 'PT7H', ...AMERICA },
  },
  { id: 'Tokyo Standard Time', name: '(UTC+09:00) Osaka, Sapporo, Tokyo', bias: '-PT9H' },
]

/** Returns the requested time zones, or all. */
export const getServerTimeZones: Operation = ({ request }) => {
  const wanted = new Set(request.listAt('Ids').map(({ text }) => text))
  const full = request.attribute('ReturnFullTimeZoneData') !== 'false'
  const zones = ZONES.filter(({ id }) => wanted.size === 0 || wanted.has(id))
  return respond('GetServerTimeZones', [zones], found => [
    m(
      'TimeZoneDefinitions',
      found.map(zone => definition(zone, full)),
    ),
  ])
}

const definition = (zone: Zone, full: boolean) =>
  t('TimeZoneDefinition', { Id: zone.id, Name: zone.name }, full ? rules(zone) : undefined)

function rules({ bias, daylight }: Zone): readonly XmlElement[] {
  const group =
    daylight === undefined
      ? [t('Transition', t('To', { Kind: 'Period' }, 'std'))]
      : [transition(daylight.starts, 'dlt'), transition(daylight.ends, 'std')]
  return [
    t(
      'Periods',
      t('Period', { Bias: bias, Name: 'Standard', Id: 'std' }),
      daylight && t('Period', { Bias: daylight.bias, Name: 'Daylight', Id: 'dlt' }),
    ),
    t('TransitionsGroups', t('TransitionsGroup', { Id: '0' }, group)),
    t('Transitions', t('Transition', t('To', { Kind: 'Group' }, '0'))),
  ]
}

const transition = ({ month, occurrence, time }: Rule, to: string) =>
  t(
    'RecurringDayTransition',
    t('To', { Kind: 'Period' }, to),
    t('TimeOffset', time),
    t('Month', String(month)),
    t('DayOfWeek', 'Sunday'),
    t('Occurrence', String(occurrence)),
  )
