import { areas } from "../../conformance/cases";
import { everyOther, holdLocalAwsTo } from "./guard";

holdLocalAwsTo(everyOther(areas, 0));

test("no two cases have the same name, and each says where it comes from", () => {
  const names = areas.flatMap(({ cases }) => cases.map(({ name }) => name));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(areas.flatMap(({ cases }) => cases.filter(({ source }) => !/"|recorded/.test(source)))).toEqual([]);
});
