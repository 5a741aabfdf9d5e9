/**
 * Recognizes addresses that are not a mailbox of the upstream.
 *
 * @module
 */

import { foldName, isAddress, type Organization } from '../model/identity.ts'

/** Pattern of characters that some servers interpret as a route, an address of another kind, or a wildcard. */
const UNUSUAL = /[^a-z0-9._+'&#~-]/

/**
 * Whether an address is outside the organization's accepted domains. Without accepted domains, no address counts as
 * outside. An address of an unusual form doesn't either, because a server could resolve it to one of its own
 * mailboxes: for example, one with a route, a legacy DN, an IP address, or an internationalized domain. Addresses
 * of the gateway's own accounts are never outside. A subdomain is a separate domain.
 */
export function isOutside(organization: Organization, address: string): boolean {
  const { acceptedDomains, serviceAddresses, neutralMailbox } = organization
  if (acceptedDomains === undefined || !isAddress(address)) return false
  const folded = foldName(address)
  const [local = '', domain = ''] = folded.split('@')
  if (UNUSUAL.test(local) || local.startsWith('imcea') || !isPlainDomain(domain)) return false
  if (acceptedDomains.includes(domain)) return false
  return ![...serviceAddresses, neutralMailbox ?? ''].some(own => foldName(own) === folded)
}

/**
 * Whether a domain has at least two labels, does not end with a number, and contains no Punycode. A server could
 * decode Punycode to one of its own domains.
 */
function isPlainDomain(domain: string): boolean {
  const labels = domain.split('.')
  const [last = ''] = labels.slice(-1)
  const isPlain = labels.every(label => !label.startsWith('xn--'))
  return labels.length > 1 && Number.isNaN(Number(last)) && isPlain
}
