import * as DateTime from "effect/DateTime"
import type { MemoryEntry } from "../../../services/Memory.js"
import { type CheckedFilter, normalisedEntity } from "./checks.js"

/** @internal */
export const isValidAt = ({ validFrom, validTo }: MemoryEntry, time: DateTime.Utc): boolean =>
  DateTime.lessThanOrEqualTo(validFrom, time) && (validTo === undefined || DateTime.greaterThan(validTo, time))

/**
 * Whether a filter names an entry, whenever it was true.
 *
 * @internal
 */
export const fits = (entry: MemoryEntry, { conversation, minImportance, types }: CheckedFilter): boolean =>
  entry.importance >= minImportance &&
  (types === undefined || types.includes(entry.type)) &&
  (conversation === undefined || entry.conversation === conversation)

/** @internal */
export const passes = (entry: MemoryEntry, filter: CheckedFilter): boolean =>
  fits(entry, filter) && isValidAt(entry, filter.asOf)

/**
 * Whether an entry is about an entity, given by its normalised name.
 *
 * @internal
 */
export const isAbout = (entry: MemoryEntry, entity: string): boolean =>
  entry.entities.some((name) => normalisedEntity(name) === entity)
