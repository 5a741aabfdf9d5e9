/**
 * Subscribe, GetEvents, GetStreamingEvents, Unsubscribe.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { findFolder } from '../locate.ts'
import type { Scheduler } from '../options.ts'
import {
  type QueuedEvent,
  readWatermark,
  type Subscription,
  writeWatermark,
} from '../subscriptions.ts'
import { isTrue, m, t, type XmlElement } from '../xml.ts'
import { type Call, message, type Operation, respondOnce } from './operation.ts'

const MINUTE = 60_000
/** Lifetime of a streaming subscription without a stream. */
const STREAMING_LIFETIME_MS = 30 * MINUTE
/** Interval of heartbeats on a stream without events. */
const HEARTBEAT_MS = 45_000
const MAX_SUBSCRIPTIONS = 200

/** Creates a pull or streaming subscription. Rejects push. */
export const subscribe: Operation = call =>
  respondOnce('Subscribe', () => {
    const [wanted] = call.request.children
    if (wanted?.name === 'PushSubscriptionRequest')
      throw new ResponseError('ErrorInvalidPushSubscriptionUrl')
    if (wanted === undefined) throw new ResponseError('ErrorInvalidSubscriptionRequest')
    const subscription = open(call, wanted)
    return [
      m('SubscriptionId', subscription.id),
      ...(subscription.kind === 'pull'
        ? [m('Watermark', writeWatermark(subscription.fetched))]
        : []),
    ]
  })

function open(call: Call, wanted: XmlElement): Subscription {
  const isPull = wanted.name === 'PullSubscriptionRequest'
  const isAll = isTrue(wanted.attribute('SubscribeToAllFolders'))
  const folders = wanted.listAt('FolderIds').map(id => findFolder(call, id))
  if (!isAll && folders.length === 0) throw new ResponseError('ErrorInvalidSubscriptionRequest')
  const stores = isAll ? [call.actor.primary] : folders.map(({ store }) => store)
  return call.subscriptions.open({
    kind: isPull ? 'pull' : 'streaming',
    stores: [...new Set(stores)],
    folders: isAll ? undefined : new Set(folders),
    eventTypes: new Set(wanted.listAt('EventTypes').map(({ text }) => text)),
    lifetimeMs: isPull ? Number(wanted.textAt('Timeout') ?? 1) * MINUTE : STREAMING_LIFETIME_MS,
  })
}

/** Ends a subscription. */
export const unsubscribe: Operation = call =>
  respondOnce('Unsubscribe', () => {
    const id = call.request.textAt('SubscriptionId') ?? ''
    if (!call.subscriptions.close(id)) throw new ResponseError('ErrorSubscriptionNotFound')
    return []
  })

/** Returns the events after a watermark, and acknowledges those up to it. */
export const getEvents: Operation = call =>
  respondOnce('GetEvents', () => {
    const { request, subscriptions } = call
    const subscription = subscriptions.find(request.textAt('SubscriptionId') ?? '')
    if (subscription?.kind !== 'pull') throw new ResponseError('ErrorSubscriptionNotFound')
    const after = readWatermark(request.textAt('Watermark') ?? '')
    if (after === undefined) throw new ResponseError('ErrorInvalidWatermark')
    subscription.queue = subscription.queue.filter(({ number }) => number > after)
    subscription.fetched = after
    return [pullNotification(subscription)]
  })

function pullNotification({ id, queue, fetched }: Subscription): XmlElement {
  const status = t('StatusEvent', t('Watermark', writeWatermark(fetched)))
  return m(
    'Notification',
    t('SubscriptionId', id),
    t('PreviousWatermark', writeWatermark(fetched)),
    t('MoreEvents', 'false'),
    queue.length === 0 ? [status] : queue.map(({ element }) => element(true)),
  )
}

/**
 * Returns the operation, which opens a stream of events.
 *
 * @param schedule - schedules the heartbeats and the end of the stream
 */
export const getStreamingEvents =
  (schedule: Scheduler): Operation =>
  call => {
    const ids = call.request.listAt('SubscriptionIds').map(({ text }) => text)
    const found = ids.map(id => call.subscriptions.find(id))
    const live = found.filter(subscription => subscription?.kind === 'streaming')
    if (live.length < ids.length || ids.length === 0 || ids.length > MAX_SUBSCRIPTIONS)
      return reject(ids.filter((_, index) => found[index]?.kind !== 'streaming'))
    const minutes = Number(call.request.textAt('ConnectionTimeout') ?? 30)
    return {
      open: (send, close) =>
        openStream(
          live.filter(subscription => subscription !== undefined),
          minutes,
          schedule,
          send,
          close,
        ),
    }
  }

function reject(ids: readonly string[]): XmlElement {
  const name = 'GetStreamingEventsResponseMessage'
  const rejected = message(name, () => {
    throw new ResponseError('ErrorSubscriptionNotFound')
  }, [
    m(
      'ErrorSubscriptionIds',
      ids.map(id => m('SubscriptionId', id)),
    ),
  ])
  return m('GetStreamingEventsResponse', m('ResponseMessages', rejected))
}

function openStream(
  subscriptions: readonly Subscription[],
  minutes: number,
  schedule: Scheduler,
  send: (answer: XmlElement) => void,
  close: () => void,
): () => void {
  let stopBeating = () => {}
  const beat = () => {
    stopBeating()
    stopBeating = schedule(() => {
      send(status('OK'))
      beat()
    }, HEARTBEAT_MS)
  }
  const releases = subscriptions.map(subscription =>
    listen(subscription, event => {
      send(notification(subscription, event))
      beat()
    }),
  )
  const stop = () => {
    stopBeating()
    stopClosing()
    for (const release of releases) release()
  }
  const stopClosing = schedule(() => {
    stop()
    send(status('Closed'))
    close()
  }, minutes * MINUTE)
  send(status('OK'))
  for (const { wake } of subscriptions) wake?.()
  beat()
  return stop
}

/**
 * Passes queued and later events to a stream, until the returned function is called or a newer stream of the
 * subscription begins.
 */
function listen(subscription: Subscription, take: (event: QueuedEvent) => void): () => void {
  const wake = () => {
    for (const event of subscription.queue.splice(0)) take(event)
  }
  subscription.wake = wake
  return () => {
    if (subscription.wake === wake) subscription.wake = undefined
  }
}

const streamed = (...contents: readonly XmlElement[]) =>
  respondOnce('GetStreamingEvents', () => contents)

const status = (connection: 'OK' | 'Closed') => streamed(m('ConnectionStatus', connection))

const notification = ({ id }: Subscription, event: QueuedEvent) =>
  streamed(m('Notifications', m('Notification', t('SubscriptionId', id), event.element(false))))
