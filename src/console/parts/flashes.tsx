/**
 * Messages above the page about succeeded and failed actions.
 *
 * @module
 */

import type { FlashbarProps } from '@cloudscape-design/components/flashbar'
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { describeFailure } from '../api/failure.ts'

type Item = FlashbarProps.MessageDefinition

export type Flashes = {
  items: readonly Item[]
  succeeded: (content: ReactNode) => void
  failed: (error: unknown) => void
  clear: () => void
}

const FlashContext = createContext<Flashes | undefined>(undefined)
/** Time after which the message of a success disappears. */
const SUCCESS_MS = 12_000

export function useFlashes(): Flashes {
  const flashes = useContext(FlashContext)
  if (flashes === undefined) throw new Error('useFlashes() needs a FlashProvider')
  return flashes
}

export function FlashProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<readonly Item[]>([])
  const flashes = useMemo(() => {
    const dismiss = (id: string) => setItems(present => present.filter(item => item.id !== id))
    const add = (type: 'success' | 'error', content: ReactNode) => {
      const id = crypto.randomUUID()
      const onDismiss = () => dismiss(id)
      // Newest first, because a collapsed stack shows only the first message.
      setItems(present => [
        { id, type, content, dismissible: true, dismissLabel: 'Dismiss', onDismiss },
        ...present,
      ])
      if (type === 'success') setTimeout(onDismiss, SUCCESS_MS)
    }
    return {
      succeeded: (content: ReactNode) => add('success', content),
      failed: (error: unknown) => add('error', describeFailure(error)),
      clear: () => setItems([]),
    }
  }, [])
  return <FlashContext value={{ items, ...flashes }}>{children}</FlashContext>
}
