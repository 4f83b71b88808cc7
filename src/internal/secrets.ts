const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, "$1 <redacted>"],
  [/(\/\/)[^\s/@]{1,500}@/g, "$1<redacted>@"],
  [
    /((?:api|access|auth|secret|private|public)?[_-]?(?:key|token|secret|password|authorization)["']?\s*[:=]\s*["']?)(?!<redacted>|(?:bearer|basic)\b)[^\s"'&,;}]{6,}/gi,
    "$1<redacted>"
  ],
  [/\b(?:sk|pk|rk|xai|gsk|hf|ghp|AIza)[-_]?[\w-]{16,}/g, "<redacted>"]
]

/**
 * A text without what looks like a key: credentials of HTTP, user info of URLs, values of fields named after secrets, and
 * the forms of well-known providers. A net for texts that others wrote; what we know to be secret is never put into one.
 *
 * @internal
 */
export const scrub = (text: string): string =>
  patterns.reduce((scrubbed, [pattern, replacement]) => scrubbed.replace(pattern, replacement), text)
