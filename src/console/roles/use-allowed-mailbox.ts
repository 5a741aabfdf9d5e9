/**
 * Finds a user that a role can impersonate, for the examples of the console.
 *
 * @module
 */

import { useEffect, useState } from 'react'
import type { Role } from '../api/roles.ts'
import { useSession } from '../session/session.ts'

export const EXAMPLE_MAILBOX = 'user@example.com'

/** Maximum number of pages of users to read. A role can allow few users of a large organization. */
const MAX_PAGES = 10

/**
 * Returns the address of a user that the role allows; undefined until one is found, or if the policy doesn't allow
 * reading users.
 */
export function useAllowedMailbox({ Type, Rules }: Role): string | undefined {
  const { call, may } = useSession()
  const [mailbox, setMailbox] = useState<string>()
  const rules = JSON.stringify(Rules)
  const mayPreview = may('ewsgateway:PreviewImpersonationRole')
  useEffect(() => {
    if (!mayPreview) return
    const leaving = new AbortController()
    const find = async () => {
      const draft = { Draft: { Type, Rules: JSON.parse(rules) }, MaxResults: 100 }
      let token: string | undefined
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { Gained, NextToken } = await call(
          'EwsGateway.PreviewImpersonationRole',
          { ...draft, ...(token !== undefined && { NextToken: token }) },
          leaving.signal,
        )
        const [first] = Gained
        if (first !== undefined) return setMailbox(first.Email)
        if (NextToken === undefined) return
        token = NextToken
      }
    }
    // Ignores errors, because the page then shows an example address.
    void find().catch(() => undefined)
    return () => leaving.abort()
  }, [Type, rules, mayPreview, call])
  return mailbox
}
