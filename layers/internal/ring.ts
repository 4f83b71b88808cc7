/**
 * The last values of a sequence, at most `capacity` of them.
 *
 * @internal
 */
export class Ring<A> {
  dropped = 0
  private readonly capacity: number
  private values: Array<A> = []
  private oldest = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  push(value: A): void {
    if (this.values.length < this.capacity) {
      this.values.push(value)
      return
    }
    this.dropped++
    if (this.capacity === 0) return
    this.values[this.oldest] = value
    this.oldest = (this.oldest + 1) % this.capacity
  }

  toArray(): ReadonlyArray<A> {
    return [...this.values.slice(this.oldest), ...this.values.slice(0, this.oldest)]
  }

  clear(): void {
    this.values = []
    this.oldest = 0
    this.dropped = 0
  }
}
