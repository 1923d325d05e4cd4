/** A number with its noun. */
export const many = (n: number | string, one: string, more: string): string => `${n} ${n === 1 || n === "1" ? one : more}`;
