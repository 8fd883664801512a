/** More names than this make prefix look-ups slow where names are tags, and are more than anybody looks through. */
export const MANY_NAMES = 5000;

export function tooManyNames(count: number): string {
  return (
    `${count.toLocaleString('en-US')} names are in the store, more than ${MANY_NAMES.toLocaleString('en-US')}: look-ups ` +
    'by prefix get slow. Delete old ones (waybill cache delete --prefix …), or save with fewer --retention-days'
  );
}
