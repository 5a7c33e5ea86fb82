import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { askCloudWatch, askCommand, isAlarmArn } from "../../scripts/commands/support/alarms";
import { describeWith, findMotoServer } from "../clients/tools";
import { startMoto } from "../support/moto";

const arn = (name: string) => `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${name}`;

test("a command that ends with 0 is quiet, and everything else rings", async () => {
  expect(await askCommand("exit 0")).toEqual({ is: "quiet" });
  expect(await askCommand("exit 3")).toEqual({ is: "ringing", what: "the alarm command ended with 3" });
  expect(await askCommand("kill -9 $$")).toEqual({ is: "ringing", what: "the alarm command ended with SIGKILL" });
});

test("only ARNs of alarms are alarms", () => {
  expect(isAlarmArn(arn("errors: 5xx"))).toBe(true);
  expect(isAlarmArn("arn:aws:sns:eu-west-1:123456789012:topic")).toBe(false);
});

test("an alarm that cannot be read rings", async () => {
  const unreachable = () =>
    new CloudWatchClient({ region: "eu-west-1", endpoint: "http://127.0.0.1:1", maxAttempts: 1 });
  expect(await askCloudWatch([arn("errors")], unreachable)).toMatchObject({
    is: "ringing",
    what: expect.stringContaining(`${arn("errors")} could not be read`),
  });
});

describeWith(findMotoServer(), "moto", "pip install moto[server]", (program) => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let client: CloudWatchClient;
  beforeAll(async () => {
    moto = await startMoto(program);
    const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
    client = new CloudWatchClient({ region: "eu-west-1", endpoint: moto.url, credentials });
  });
  afterAll(async () => {
    client.destroy();
    await moto.stop();
  });

  test("an alarm rings in state ALARM, is quiet in the others, and one that is missing rings", async () => {
    const ask = (...names: string[]) => askCloudWatch(names.map(arn), () => client);
    const set = (StateValue: "OK" | "ALARM" | "INSUFFICIENT_DATA") =>
      client.send(new SetAlarmStateCommand({ AlarmName: "errors", StateValue, StateReason: "test" }));
    await client.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName: "errors", MetricName: "5xxErrors", Namespace: "AWS/S3", Statistic: "Sum", Period: 60 },
        ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: "GreaterThanThreshold" },
      }),
    );
    for (const state of ["OK", "INSUFFICIENT_DATA"] as const) {
      await set(state);
      expect(await ask("errors")).toEqual({ is: "quiet" });
    }
    await set("ALARM");
    expect(await ask("errors")).toEqual({ is: "ringing", what: `${arn("errors")} is in state ALARM` });
    expect(await ask("missing")).toEqual({ is: "ringing", what: `there is no alarm ${arn("missing")}` });
  });
});
