/**
 * A key as S3 writes it into CSV reports: URL-encoded, a space as `+`.
 *
 * @throws URIError if it is none
 */
export const decodedKey = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));
