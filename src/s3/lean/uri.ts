/** What SigV4 leaves as it is: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, UriEncode. */
const unreserved = /^[A-Za-z0-9\-._~]*$/;
const unreservedOrSlash = /^[A-Za-z0-9\-._~/]*$/;

/** `encodeURIComponent` spares these five more. */
const hexOf: Readonly<Record<string, string>> = { "!": "%21", "'": "%27", "(": "%28", ")": "%29", "*": "%2A" };

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (spared) => hexOf[spared] ?? spared);

/**
 * A key as it stands in a path, to be put behind a slash: the slashes of the key stay, as do its empty, `.` and `..`
 * segments, since S3 normalises nothing. So the path must reach the server as it is, and not pass through `new URL`.
 *
 * @throws URIError for a lone surrogate, which no key can hold
 */
export const encodeKey = (key: string): string =>
  unreservedOrSlash.test(key) ? key : encode(key).replaceAll("%2F", "/");

/** A name or a value of a query. @throws URIError for a lone surrogate */
export const encodeComponent = (text: string): string => (unreserved.test(text) ? text : encode(text));

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

/**
 * A query in canonical order and without its question mark, to be signed and sent as it is. A parameter that is
 * undefined is left out; an empty one keeps its equals sign, as SigV4 wants of a subresource.
 *
 * @throws URIError for a lone surrogate
 */
export function encodeQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  const encoded: [string, string][] = [];
  for (const name of Object.keys(parameters)) {
    const value = parameters[name];
    if (value !== undefined) encoded.push([encodeComponent(name), encodeComponent(value)]);
  }
  return encoded
    .sort(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}
