/**
 * An ID number as it is compared with the card: area, birth, the rest. 6-8-4 characters; 6-6-3 of a number of the first
 * generation, whose year has two digits.
 */
export function idGroups(number: string): string {
  const birth = number.length === 15 && !/^\d{6}(19|20)/.test(number) ? 12 : 14
  return [number.slice(0, 6), number.slice(6, birth), number.slice(birth)].filter(Boolean).join(' ')
}
