/**
 * Type of a page of the console.
 *
 * @module
 */

import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { Permission } from '../api/actions.ts'

/** Props of a page: values of the `:name` parts of its pattern. */
export type PageProps = { params: Readonly<Record<string, string>> }

export type Route = {
  /** Path with `:name` parts. */
  pattern: string
  title: string
  /** Pattern of the parent page in the breadcrumbs. */
  under?: string
  /** Whether the side navigation shows it. */
  inNavigation?: boolean
  /** Permission without which the console does not offer the page. */
  needs?: Permission
  page: LazyExoticComponent<ComponentType<PageProps>>
}

/** Returns a page that is loaded when it is first opened. */
export const lazyPage = (load: () => Promise<ComponentType<PageProps>>) =>
  lazy(async () => ({ default: await load() }))
