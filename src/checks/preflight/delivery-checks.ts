import type { Facts } from "./facts";
import { type Finding, finding } from "./finding";
import { known } from "./looked";
import { allowsOf, mayWrite, principalsOf } from "./users";

/** The grantee of ACLs through which server access logs were delivered before there were policies for it. */
export const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";
/** The service that delivers server access logs. */
export const accessLogs = "logging.s3.amazonaws.com";

/**
 * Accounts from which Elastic Load Balancing delivers in Regions that were there before August 2022.
 *
 * Source: User Guide for Application Load Balancers, "Enable access logs for your Application Load Balancer".
 */
const elbAccounts = new Set([
  "127311923021",
  "033677994240",
  "027434742980",
  "797873946194",
  "098369216593",
  "754344448648",
  "589379963580",
  "718504428378",
  "383597477331",
  "600734575887",
  "114774131450",
  "783225319266",
  "582318560864",
  "985666609251",
  "054676820928",
  "156460612806",
  "652711504416",
  "635631232127",
  "009996457667",
  "897822967062",
  "076674570225",
  "507241528517",
  "048591011584",
  "190560391635",
  "638102146993",
  "037604701340",
]);

/** Whether a principal, an ARN or an account id, is Elastic Load Balancing's. */
export const isLoadBalancing = (principal: string): boolean =>
  elbAccounts.has(/^\d{12}$/.test(principal) ? principal : (principal.split(":")[4] ?? ""));

/** The service principals of Elastic Load Balancing, in newer Regions and in older ones. */
export const loadBalancingServices = new Set([
  "logdelivery.elasticloadbalancing.amazonaws.com",
  "elasticloadbalancing.amazonaws.com",
]);

/** Services that write here on their own: which of them KMS stops, and which send no header. */
export function deliveryChecks({ intent, bucket }: Facts): Finding[] {
  const { fleet, target } = intent;
  const writes = allowsOf(bucket).filter(mayWrite);
  const services = [
    ...new Set([...writes.flatMap((one) => principalsOf(one, "Service")), ...(fleet?.serviceWriters ?? [])]),
  ];
  const granted = known(bucket.acl)?.grants.some(({ Grantee }) => Grantee?.URI === logDelivery) === true;
  const accounts = writes.flatMap((one) => principalsOf(one, "AWS")).filter(isLoadBalancing);
  const balancing = [...accounts, ...services.filter((name) => loadBalancingServices.has(name))];
  const kms = target.algorithm !== "AES256";
  const logs = [
    ...(services.includes(accessLogs) ? [`the policy lets ${accessLogs} write`] : []),
    ...(granted ? ["the ACL has a grant for LogDelivery"] : []),
    ...(fleet?.class === "log-target" ? ["the fleet says class: log-target"] : []),
  ];
  const loads = [
    ...balancing.map((one) => `the policy lets ${one} write`),
    ...(fleet?.class === "alb-logs" ? ["the fleet says class: alb-logs"] : []),
  ];
  const headerless = accounts.filter(
    (one) => !fleet?.headerlessWriters.some((arn) => arn.includes(one.split(":")[4] ?? one)),
  );
  return [
    ...(kms ? logs.map((evidence) => finding("error", "log-target", evidence)) : []),
    ...(kms ? loads.map((evidence) => finding("error", "alb-logs", evidence)) : []),
    ...services.map((name) => finding("note", "service-writes-without-header", name)),
    // Those are accounts, and no service principal that stage enforce lets through.
    ...headerless.map((one) =>
      finding("warning", "service-writes-without-header", `${one} delivers for Elastic Load Balancing`),
    ),
  ];
}
