import { expectGoodHistories } from "./expect-good";

const TEN_MINUTES = 600_000;

test(
  "no history of a conversion and an application ends with anything lost, undone or wrongly claimed",
  () => expectGoodHistories(0),
  TEN_MINUTES,
);
