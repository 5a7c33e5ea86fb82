import { isLoadBalancing } from "../../../src/checks/preflight/delivery-checks";

// Source: User Guide for Application Load Balancers, "Enable access logs for your Application Load Balancer".
test.each([
  ["an account of eu-west-1, by its root", "arn:aws:iam::156460612806:root", true],
  ["an account of us-gov-west-1", "arn:aws-us-gov:iam::048591011584:root", true],
  ["an account of cn-north-1", "arn:aws-cn:iam::638102146993:root", true],
  ["an account, by its id", "127311923021", true],
  ["somebody else", "arn:aws:iam::111111111111:root", false],
  ["a service", "elasticloadbalancing.amazonaws.com", false],
])("Elastic Load Balancing delivers as accounts of its own: %s", (_, principal, is) => {
  expect(isLoadBalancing(principal)).toBe(is);
});
