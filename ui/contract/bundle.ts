/** What one part of a bundle brought, as either end reports it. */
export interface PartReport {
  bundle: string
  parts: number
  seen: number[]
  items: number
  refused: number
  files_whole: number
  files_rest_count: number
  damaged: { code: string }[]
  unread?: { code: string }[]
  stopped: string
}

/** What several parts of bundles brought, together. */
export interface Brought {
  items: number
  refused: number
  files: number
  /** Codes of what was wrong, each once. */
  wrong: string[]
  /** Numbers of the parts that did not come; empty when that is not known. */
  missing: number[]
  /** Files of which only a piece is here. */
  partial: number
  /** All that was meant to come is here. */
  complete: boolean
}

/** Adds the reports of the parts of one or several bundles up. A part is missing when no report has seen it. */
export function together(reports: PartReport[]): Brought {
  const bundles = new Map<string, PartReport[]>()
  for (const report of reports) bundles.set(report.bundle, [...(bundles.get(report.bundle) ?? []), report])
  const missing: number[] = []
  let partial = 0
  for (const parts of bundles.values()) {
    const seen = new Set(parts.flatMap((report) => report.seen))
    const all = Math.max(...parts.map((report) => report.parts))
    for (let part = 1; part <= all; part += 1) if (!seen.has(part)) missing.push(part)
    // The last report knows of the bytes that the earlier ones brought.
    partial += parts.at(-1)?.files_rest_count ?? 0
  }
  const codes = reports.flatMap((report) => [...report.damaged, ...(report.unread ?? [])].map(({ code }) => code).concat(report.stopped || []))
  const sum = (of: (report: PartReport) => number) => reports.reduce((total, report) => total + of(report), 0)
  const wrong = [...new Set(codes)]
  return {
    items: sum((report) => report.items),
    refused: sum((report) => report.refused),
    files: sum((report) => report.files_whole),
    wrong,
    missing,
    partial,
    complete: wrong.length === 0 && missing.length === 0 && partial === 0,
  }
}
