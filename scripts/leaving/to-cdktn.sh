#!/usr/bin/env bash
# Makes a copy of this project on CDK Terrain (cdktn), the continuation of CDKTF, and runs its synth tests there.
# Nothing here is changed. Argument: a directory that does not exist yet.
set -euo pipefail
target=${1:?name a directory for the copy}
cdktn=0.24.0
provider=25.7.0
constructs=10.7.2
aws=6.66.0 # what that release of the bindings pins: the one difference in what is synthesised

cd "$(dirname "$0")/../.."
[ ! -e "$target" ] || { echo "$target exists already."; exit 2; }
for package in "cdktn@$cdktn" "cdktn-cli@$cdktn" "@cdktn/provider-aws@$provider"; do
  npm view "$package" version >/dev/null 2>&1 || { echo "skipped: the registry does not have $package."; exit 0; }
done

mkdir -p "$target"
git ls-files -z | tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$target"
cd "$target"
rm package-lock.json

# Imports and nothing else: cdktf.json, cdktf.out, cdk.tf.json and CDKTF_* keep their names in cdktn.
git -C "$OLDPWD" ls-files -z '*.ts' | xargs -0 sed -i -E \
  -e 's#(from|import|require)( ?\(?)"cdktf"#\1\2"cdktn"#g' \
  -e 's#"cdktf/#"cdktn/#g' \
  -e 's#"@cdktf/provider-aws#"@cdktn/provider-aws#g'
sed -i "s#source: \"aws\", version: \"6.25.0\"#source: \"hashicorp/aws\", version: \"$aws\"#" __tests__/stacks/encryption-stack.test.ts
npm pkg delete dependencies.cdktf 'dependencies.@cdktf/provider-aws' devDependencies.cdktf-cli
npm pkg set "dependencies.cdktn=$cdktn" "dependencies.@cdktn/provider-aws=$provider" \
  "dependencies.constructs=$constructs" "devDependencies.cdktn-cli=$cdktn"
npm install --no-audit

npx tsc --noEmit
npx jest --maxWorkers=1 __tests__/stacks/encryption-stack __tests__/stacks/bootstrap-stack __tests__/stacks/policies \
  __tests__/stacks/enforcement __tests__/stacks/main
