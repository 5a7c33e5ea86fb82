import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { awsJson } from "./aws-json";
import { awsQuery } from "./aws-query";
import type { Protocol } from "./protocol";
import { restXml } from "./rest-xml";
import { operationsOf } from "./schema";

/** As signatures name them. */
export type ServiceName = "s3" | "kms" | "sts" | "iam";

/** Built once a process: the shapes themselves are decoded when they are first used. */
export const protocols: Readonly<Record<ServiceName, Protocol>> = {
  s3: restXml(operationsOf(s3)),
  kms: awsJson("TrentService", operationsOf(kms)),
  sts: awsQuery("https://sts.amazonaws.com/doc/2011-06-15/", operationsOf(sts)),
  iam: awsQuery("https://iam.amazonaws.com/doc/2010-05-08/", operationsOf(iam)),
};

export const isServiceName = (name: string): name is ServiceName => Object.hasOwn(protocols, name);
