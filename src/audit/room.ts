/**
 * Watches the room on the disk of the journal, because the gateway denies all requests when it can't write records.
 *
 * @module
 */

/** Size of a disk, and the bytes that the gateway can still write. */
export type Room = Readonly<{ bytes: number; freeBytes: number }>

/** Part of the disk below which it is nearly full, unless this is more than {@link PLENTY_BYTES}. */
const FULL_BELOW = 0.1
const PLENTY_BYTES = 10 * 1024 ** 3

/** Whether little room is left: less than a tenth of the disk, and less than 10 GiB. */
export const isNearlyFull = ({ bytes, freeBytes }: Room): boolean =>
  freeBytes < Math.min(bytes * FULL_BELOW, PLENTY_BYTES)

/** Reports each transition between enough room and little room. */
export class RoomWatch {
  readonly #changed: (isNearlyFull: boolean, room: Room) => void
  #wasNearlyFull = false

  constructor(changed: (isNearlyFull: boolean, room: Room) => void) {
    this.#changed = changed
  }

  look(room: Room): void {
    const isFull = isNearlyFull(room)
    if (isFull === this.#wasNearlyFull) return
    this.#wasNearlyFull = isFull
    this.#changed(isFull, room)
  }
}
