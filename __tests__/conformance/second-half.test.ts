import { areas } from "../../conformance/cases";
import { everyOther, holdLocalAwsTo } from "./guard";

holdLocalAwsTo(everyOther(areas, 1));
