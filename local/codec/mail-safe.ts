const encodedWord = /=\?utf-8\?([bq])\?([^?]*)\?=/gi;

/** Metadata as S3 gives it back: text that is not plain ASCII becomes one encoded word of RFC 2047. */
export const mailSafe = (text: string): string =>
  /^[\x20-\x7e\t]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;

/** The text that was meant: S3 decodes the encoded words of RFC 2047 before it stores metadata. */
export const fromMailSafe = (text: string): string =>
  text.replace(encodedWord, (_, encoding: string, data: string) => {
    if (encoding.toLowerCase() === "b") return Buffer.from(data, "base64").toString();
    const bytes = data
      .replace(/_/g, " ")
      .replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, "latin1").toString();
  });
