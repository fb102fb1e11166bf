/** Opens the printing dialog of the system for what is on the screen. */
export function printPage(): void {
  window.print()
}
