/**
 * What a page of the console is.
 *
 * @module
 */

import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { Permission } from '../api/actions.ts'

/** What the `:name` parts of a page's pattern stand for. */
export type PageProps = { params: Readonly<Record<string, string>> }

export type Route = {
  /** A path with `:name` parts. */
  pattern: string
  title: string
  /** The pattern of the page above it in the breadcrumbs. */
  under?: string
  /** In the side navigation, in this order. */
  inNavigation?: boolean
  /** Not offered without it. */
  needs?: Permission
  page: LazyExoticComponent<ComponentType<PageProps>>
}

/** A page that is loaded when it is first opened. */
export const lazyPage = (load: () => Promise<ComponentType<PageProps>>) =>
  lazy(async () => ({ default: await load() }))
