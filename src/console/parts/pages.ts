/**
 * Reads one page at a time of a list whose length is unknown.
 *
 * @module
 */

import { useState } from 'react'
import type { Input, Output, Target } from '../api/actions.ts'
import { type Query, useQuery } from './query.ts'

type Paginated = { NextToken?: string }

/** Actions whose output is one page of a list. */
export type PagedTarget = { [T in Target]: Output<T> extends Paginated ? T : never }[Target]

export type Pages<T> = Query<T> & {
  /** Props of Cloudscape's Pagination. */
  pagination: {
    currentPageIndex: number
    pagesCount: number
    openEnd: boolean
    onChange: (event: { detail: { currentPageIndex: number } }) => void
  }
}

/** Returns the token of the next page, if there is one. */
export const nextTokenOf = (answer: object): string | undefined =>
  'NextToken' in answer && typeof answer.NextToken === 'string' ? answer.NextToken : undefined

/** Returns a page, and starts at the first page again when the input changes. */
export function usePages<T extends PagedTarget>(
  target: T,
  input: Input<T> | undefined,
): Pages<Output<T>> {
  const key = JSON.stringify(input)
  const [state, setState] = useState<{ key: string; tokens: string[]; page: number }>()
  const { tokens, page } = state?.key === key ? state : { tokens: [], page: 0 }
  const NextToken = tokens[page - 1]
  const asked = input && (NextToken === undefined ? input : { ...input, NextToken })
  const query = useQuery<T>(target, asked)
  const next = query.isLoading ? undefined : query.data && nextTokenOf(query.data)
  const hasMore = next !== undefined && page === tokens.length

  const onChange: Pages<T>['pagination']['onChange'] = ({ detail }) => {
    const wanted = detail.currentPageIndex - 1
    if (wanted <= tokens.length) setState({ key, tokens, page: wanted })
    else if (hasMore) setState({ key, tokens: [...tokens, next], page: wanted })
  }
  return {
    ...query,
    pagination: {
      currentPageIndex: page + 1,
      pagesCount: tokens.length + 1,
      openEnd: hasMore,
      onChange,
    },
  }
}
