import type { Shape, TimestampFormat } from "./schema";

/** A value that does not have the type that its place asks for. Each protocol has its own error for it. */
export class NotOfType extends Error {}

const withoutMilliseconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, "Z");

/** A scalar as text: what headers, queries and XML carry. */
export function writeScalar(shape: Shape, value: unknown, timestamps: TimestampFormat, milliseconds = true): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) {
    const format = shape.is === "timestamp" && shape.format !== "default" ? shape.format : timestamps;
    if (format === "http-date") return value.toUTCString();
    if (format === "epoch-seconds") return String(value.getTime() / 1000);
    return milliseconds ? value.toISOString() : withoutMilliseconds(value);
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return String(value);
}

/** The scalar that a text stands for. Throws NotOfType. */
export function readScalar(shape: Shape, text: string): unknown {
  switch (shape.is) {
    case "number": {
      const number = text.trim() === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(number)) throw new NotOfType(`${text} is not a number.`);
      return number;
    }
    case "boolean": {
      const word = text.trim().toLowerCase();
      if (word !== "true" && word !== "false") throw new NotOfType(`${text} is neither true nor false.`);
      return word === "true";
    }
    case "timestamp": {
      const date = new Date(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text);
      if (Number.isNaN(date.getTime())) throw new NotOfType(`${text} is not a date.`);
      return date;
    }
    case "blob":
      return new Uint8Array(Buffer.from(text, "base64"));
    default:
      return text;
  }
}
