/**
 * Name of the object that a page shows, for the breadcrumbs and the title of the window.
 *
 * @module
 */

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'

type Crumb = { name: string | undefined; setName: (name: string | undefined) => void }

const CrumbContext = createContext<Crumb>({ name: undefined, setName: () => undefined })

export const useCrumb = (): Crumb => useContext(CrumbContext)

export function CrumbProvider({ children }: { children: ReactNode }) {
  const [name, setName] = useState<string>()
  const crumb = useMemo(() => ({ name, setName }), [name])
  return <CrumbContext value={crumb}>{children}</CrumbContext>
}

/** Sets the name while the page is shown. */
export function usePageName(name: string | undefined): void {
  const { setName } = useCrumb()
  useEffect(() => {
    setName(name)
    return () => setName(undefined)
  }, [name, setName])
}
