import type { Target } from "../http/target";
import { type Protocol, textOf, textResponse } from "./protocol";
import { readInput, readStructure, requestHeaders } from "./rest-xml";
import type { OperationShape } from "./schema";
import { escapeXml, xmlDeclaration } from "./xml";
import { bodyMembers, writeElement } from "./xml-shapes";

const namespace = "http://awss3control.amazonaws.com/doc/2018-08-20/";
const xml = { "content-type": "application/xml" };

interface Route {
  readonly operation: OperationShape;
  readonly method: string;
  readonly path: RegExp;
}

/** `/v20180820/jobs/{JobId}/status`: what stands in braces is a part of the input. */
function routeOf(operation: OperationShape): Route {
  const [method, uri = ""] = operation.traits.http ?? ["", ""];
  const path = uri.replace(/\?.*$/, "").replaceAll(/\{(\w+)\+?\}/g, "(?<$1>[^/]+)");
  return { operation, method, path: new RegExp(`^${path}$`) };
}

/** Whether a request is for S3 Control: it has the service name of S3 in its signature, and a host and paths of its own. */
export const isS3Control = ({ path, headers }: Target): boolean =>
  path.startsWith("/v20180820/") && headers["x-amz-account-id"] !== undefined;

/** S3 Control: XML under paths, the account in a header, and errors wrapped as those of IAM are. */
export function s3Control(operations: ReadonlyMap<string, OperationShape>): Protocol {
  const routes = [...operations.values()].map(routeOf);
  const routeFor = ({ method, path }: Target): Route | undefined =>
    routes.find((route) => route.method === method && route.path.test(path));
  return {
    find: (target) => routeFor(target)?.operation,
    read: (operation, target) => {
      const labels = routeFor(target)?.path.exec(target.path)?.groups;
      const bound = readInput(operation, { ...target, ...(labels && { labels }) });
      const { input } = operation;
      if (bodyMembers(input).length === 0) return bound;
      return { ...readStructure(input, input.traits.xmlName ?? input.name, textOf(target.body)), ...bound };
    },
    write: ({ output, traits }, value, requestId) => {
      // One member may be the whole body, such as the block of GetPublicAccessBlock.
      const payload = output.members.find((member) => member.traits.httpPayload);
      const shape = payload?.shape.is === "structure" ? payload.shape : output;
      const tag = shape.traits.xmlName ?? shape.name;
      const whole = payload ? value[payload.name] : value;
      const body = writeElement(tag, ` xmlns="${namespace}"`, shape, whole, { milliseconds: true });
      const status = traits.http?.[2] ?? 200;
      return textResponse(status, { ...requestHeaders(requestId), ...xml }, xmlDeclaration + body);
    },
    refuse: (error, _target, requestId) =>
      textResponse(
        error.status,
        { ...requestHeaders(requestId), ...xml, ...error.headers },
        `${xmlDeclaration}<ErrorResponse xmlns="${namespace}"><Error><Code>${escapeXml(error.code)}</Code>` +
          `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      ),
  };
}
