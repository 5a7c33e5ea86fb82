import { spawn } from "node:child_process";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { Alarm } from "../../../src/rollout/rollout";

/** Names an alarm of CloudWatch by its ARN. */
const alarmArn = /^arn:aws[a-z-]*:cloudwatch:([a-z0-9-]+):\d{12}:alarm:(.+)$/;

export const isAlarmArn = (text: string): boolean => alarmArn.test(text);

const quiet: Alarm = { is: "quiet" };
const ringing = (what: string): Alarm => ({ is: "ringing", what });
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Asks a command of the operator's: 0 is quiet, everything else rings. */
export const askCommand = (command: string): Promise<Alarm> =>
  new Promise((done) => {
    const child = spawn(command, { shell: true, stdio: "ignore" });
    child.on("error", (error) => done(ringing(`the alarm command could not be run: ${messageOf(error)}`)));
    child.on("close", (code, signal) =>
      done(code === 0 ? quiet : ringing(`the alarm command ended with ${code ?? signal}`)),
    );
  });

/**
 * Asks CloudWatch for the state of alarms, metric or composite.
 *
 * One that is missing or cannot be read rings: a rollout does not go on unseen. INSUFFICIENT_DATA is quiet, since an
 * alarm on errors has no data where there are none.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 *
 * @param arns each in any Region
 */
export async function askCloudWatch(
  arns: readonly string[],
  clientOf: (region: string) => CloudWatchClient = (region) => new CloudWatchClient({ region }),
): Promise<Alarm> {
  for (const arn of arns) {
    const [, region = "", name = ""] = alarmArn.exec(arn) ?? [];
    try {
      const types = ["MetricAlarm", "CompositeAlarm"] as const;
      const answer = await clientOf(region).send(
        new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: [...types] }),
      );
      const [alarm] = [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])];
      if (!alarm) return ringing(`there is no alarm ${arn}`);
      if (alarm.StateValue === "ALARM") return ringing(`${arn} is in state ALARM`);
    } catch (error) {
      return ringing(`${arn} could not be read: ${messageOf(error)}`);
    }
  }
  return quiet;
}
