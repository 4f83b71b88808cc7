import * as DateTime from "effect/DateTime"
import type { MemoryEntry } from "../../../services/Memory.js"
import { type CheckedFilter, normalisedEntity } from "./checks.js"

const isTrue = ({ validFrom, validTo }: MemoryEntry, asOf: DateTime.Utc | undefined): boolean =>
  validTo === undefined
    ? asOf === undefined || DateTime.lessThanOrEqualTo(validFrom, asOf)
    : asOf !== undefined && DateTime.lessThanOrEqualTo(validFrom, asOf) && DateTime.greaterThan(validTo, asOf)

/**
 * Whether a filter names an entry, whenever it was true.
 *
 * @internal
 */
export const fits = (entry: MemoryEntry, { conversation, minImportance, types, writtenBy }: CheckedFilter): boolean =>
  entry.importance >= minImportance &&
  (writtenBy === undefined || DateTime.lessThanOrEqualTo(entry.createdAt, writtenBy)) &&
  (types === undefined || types.includes(entry.type)) &&
  (conversation === undefined || entry.conversation === conversation)

/** @internal */
export const passes = (entry: MemoryEntry, filter: CheckedFilter): boolean =>
  fits(entry, filter) && isTrue(entry, filter.asOf)

/**
 * Whether an entry is about an entity, given by its normalised name.
 *
 * @internal
 */
export const isAbout = (entry: MemoryEntry, entity: string): boolean =>
  entry.entities.some((name) => normalisedEntity(name) === entity)
