/**
 * The ways to write the tag of a MAPI property.
 *
 * @module
 */

import { ANY_PROPERTY, type Row } from './row.ts'

/** One way to write a tag. */
export type Spelling = Readonly<{
  name: string
  write: (tag: number) => string
  /** Every reader takes it for this property. */
  plain?: true
  /** grommunio takes it for this property. */
  acts?: true
}>

const hex = (tag: number, digits = 4) => tag.toString(16).padStart(digits, '0')
const ABOVE = 0x1_0000

/** By name; the first is the usual one. */
export const SPELLINGS: readonly Spelling[] = [
  { name: 'as usual', write: tag => `0x${hex(tag).toUpperCase()}`, plain: true, acts: true },
  { name: 'in small letters', write: tag => `0x${hex(tag)}`, plain: true, acts: true },
  { name: 'with a capital X', write: tag => `0X${hex(tag)}`, plain: true, acts: true },
  { name: 'without zeros', write: tag => `0x${hex(tag, 1)}`, plain: true, acts: true },
  { name: 'with a character reference', write: referring, plain: true, acts: true },
  { name: 'in decimals', write: String, acts: true },
  { name: 'above 16 bits', write: tag => `0x1${hex(tag)}`, acts: true },
  { name: 'with 16 bits above', write: tag => `0xFFFF${hex(tag)}`, acts: true },
  { name: 'above 32 bits', write: tag => `0x10000${hex(tag)}`, acts: true },
  { name: 'with 64 bits', write: tag => `0xffffffffffff${hex(tag)}`, acts: true },
  { name: 'above 64 bits', write: tag => `0x10000000000000000${hex(tag)}` },
  { name: 'in decimals above 16 bits', write: tag => String(tag + ABOVE), acts: true },
  { name: 'in decimals above 32 bits', write: tag => String(tag + ABOVE * ABOVE), acts: true },
  { name: 'with zeros in front', write: tag => `0x00000000${hex(tag)}`, acts: true },
  { name: 'in octals', write: tag => `0${tag.toString(8)}`, acts: true },
  { name: 'in decimals with a zero in front', write: tag => `0${tag}` },
  { name: 'in bare hexadecimals', write: tag => hex(tag) },
  { name: 'negative', write: tag => String(tag - ABOVE), acts: true },
  { name: 'negative and hexadecimal', write: tag => `-0x${hex(ABOVE - tag)}`, acts: true },
  { name: 'with a plus', write: tag => `+${tag}`, acts: true },
  { name: 'with a plus and hexadecimal', write: tag => `+0x${hex(tag)}`, acts: true },
  { name: 'behind a blank', write: tag => ` 0x${hex(tag)}`, acts: true },
  { name: 'before a blank', write: tag => `0x${hex(tag)} `, acts: true },
  { name: 'behind a tab', write: tag => `&#9;0x${hex(tag)}`, acts: true },
  { name: 'behind a line break', write: tag => `&#13;&#10;${tag}`, acts: true },
  { name: 'behind a blank that does not break', write: tag => `&#160;0x${hex(tag)}` },
  { name: 'before a letter', write: tag => `0x${hex(tag)}h`, acts: true },
  { name: 'before another tag', write: tag => `0x${hex(tag)},0x0037`, acts: true },
  { name: 'behind another tag', write: tag => `0x0037 0x${hex(tag)}` },
  { name: 'as a fraction', write: tag => `${tag}.0`, acts: true },
  { name: 'with an exponent', write: tag => `${tag}e0`, acts: true },
  { name: 'with its type', write: tag => `0x${hex(tag)}001F` },
  { name: 'with an underscore', write: tag => `0x_${hex(tag)}` },
  { name: 'in full-width digits', write: fullWidth },
]

/** A row for every way to write a tag: `request` contains `{tag}`. */
export const spelledOut = (tag: number, row: Row): Row => {
  const { effect, ...rest } = row
  return {
    ...rest,
    spellings: SPELLINGS.filter(it => !isOther(it, tag)).map(({ name, write, plain, acts }) => ({
      name,
      tag: write(tag),
      ...(!plain && { reasons: ANY_PROPERTY }),
      ...(acts && effect && { effect }),
    })),
  }
}

/** Whether the text is the usual spelling of another property. */
const isOther = ({ acts, write }: Spelling, tag: number): boolean =>
  !acts && /^[1-9]\d{0,4}$/.test(write(tag))

/** A small sample of all spellings: the usual one, a truncated one, and one in another base. */
export const FEW = SPELLINGS.filter(({ name }) =>
  ['as usual', 'above 16 bits', 'in octals'].includes(name),
)

function referring(tag: number): string {
  const text = hex(tag)
  return `0x${text.slice(0, -1)}&#${text.charCodeAt(text.length - 1)};`
}

function fullWidth(tag: number): string {
  return String(tag).replace(/\d/g, digit => String.fromCharCode(0xff10 + Number(digit)))
}

/** A property of PS_MAPI by its number, which is the property of that tag. */
export const inMapi = (tag: number) =>
  `PropertySetId="00020328-0000-0000-C000-000000000046" PropertyId="${tag}"`
