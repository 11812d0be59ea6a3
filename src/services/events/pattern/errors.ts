/** Where the reader stood when it gave up: both 1-based, the column in UTF-16 units. */
export interface Location {
  line: number
  column: number
}

/**
 * An event pattern that AWS refuses. `reason` is event-ruler's or Jackson's own text, `message`
 * the whole of what the service answers with `InvalidEventPatternException`.
 */
export class PatternError extends Error {
  override readonly name = 'PatternError'
  readonly reason: string
  /** Absent for the few errors that event-ruler reports without a location (CIDR, complexity). */
  readonly location?: Location

  /** `suffix` is the location in words, as it follows the reason in the message. */
  constructor(reason: string, suffix = '', location?: Location) {
    super(`Event pattern is not valid. Reason: ${reason}${suffix}`)
    this.reason = reason
    this.location = location
  }
}

/** An event that is not a JSON object, or not JSON at all. */
export class EventError extends Error {
  override readonly name = 'EventError'
}

/** Text that is not JSON, or not what its reader asked for, and where. Has Jackson's wording. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  readonly reason: string
  readonly suffix: string
  readonly location: Location
  /** Where what is wrong begins. */
  readonly start: Location

  constructor(reason: string, suffix: string, location: Location, start = location) {
    super(reason + suffix)
    this.reason = reason
    this.suffix = suffix
    this.location = location
    this.start = start
  }
}
