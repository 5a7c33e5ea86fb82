import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as s3control from "@aws-sdk/client-s3-control";
import * as sts from "@aws-sdk/client-sts";
import { awsJson } from "./aws-json";
import { awsQuery } from "./aws-query";
import type { Protocol } from "./protocol";
import { restXml } from "./rest-xml";
import { s3Control } from "./s3-control";
import { operationsOf } from "./schema";

/** As signatures name them, but for S3 Control, which signs as S3. */
export type ServiceName = "s3" | "s3control" | "kms" | "sts" | "iam";

/** Built once a process: the shapes themselves are decoded when they are first used. */
export const protocols: Readonly<Record<ServiceName, Protocol>> = {
  s3: restXml(operationsOf(s3)),
  s3control: s3Control(operationsOf(s3control)),
  kms: awsJson("TrentService", operationsOf(kms)),
  sts: awsQuery("https://sts.amazonaws.com/doc/2011-06-15/", operationsOf(sts)),
  iam: awsQuery("https://iam.amazonaws.com/doc/2010-05-08/", operationsOf(iam)),
};

/** Of a signature. */
export const isServiceName = (name: string): name is ServiceName =>
  name !== "s3control" && Object.hasOwn(protocols, name);
